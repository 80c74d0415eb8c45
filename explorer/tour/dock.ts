/** From this width on, in pixels, the card has a column of its own at the right of the page. */
const leastForColumn = 1100;

const gap = 16;

/**
 * Keeps the card of the tour beside its subject, never over it, while both may grow, move or be replaced. On a wide screen
 * the page leaves a column to the card; on a narrow one the subject leaves room below itself.
 * @param selector of the subject, which need not be there yet
 * @returns a function that ends it
 */
export function dockBeside(card: HTMLElement, selector: string): () => void {
  const root = document.documentElement;
  let subject: HTMLElement | null = null;
  let last = '';
  let frame = 0;
  const leave = () => {
    subject?.classList.remove('told');
    subject?.style.removeProperty('margin-bottom');
  };
  const follow = () => {
    frame = requestAnimationFrame(follow);
    const isColumn = innerWidth >= leastForColumn;
    root.dataset['tour'] = isColumn ? 'beside' : 'below';
    const found = document.querySelector<HTMLElement>(selector);
    if (found !== subject) {
      leave();
      subject = found;
      subject?.classList.add('told');
      last = '';
    }
    if (subject === null) {
      // What is on its way to be loaded is loaded when a reader comes near it.
      const section = document.querySelector(selector.split(' ')[0]!);
      if (last !== 'waiting') section?.scrollIntoView({ block: 'start' });
      last = 'waiting';
      card.style.cssText = '';
      return;
    }
    if (isColumn) subject.style.removeProperty('margin-bottom');
    else subject.style.marginBottom = `${card.offsetHeight + 2 * gap}px`;
    const { left, top, width, height } = subject.getBoundingClientRect();
    if (!isColumn) {
      card.style.top = `${top + scrollY + height + gap}px`;
      card.style.left = `${left + scrollX}px`;
      card.style.width = `${width}px`;
    } else card.style.cssText = '';
    // Again where sizes change, not where the reader scrolls.
    const now = [isColumn, innerWidth, innerHeight, Math.round(height), card.offsetHeight].join();
    if (now === last) return;
    last = now;
    const bar = document.querySelector('.top-bar')?.getBoundingClientRect().bottom ?? 0;
    const whole = height + (isColumn ? 0 : card.offsetHeight + gap);
    const room = innerHeight - bar - 2 * gap;
    const spare = isColumn ? (room - whole) / 2 : 0;
    // What is too tall shows its end, where the card is, or in the other way its beginning.
    const place = bar + gap + (whole <= room ? spare : isColumn ? 0 : room - whole);
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    scrollTo({ top: top + scrollY - place, behavior: isCalm ? 'auto' : 'smooth' });
  };
  follow();
  return () => {
    cancelAnimationFrame(frame);
    leave();
    delete root.dataset['tour'];
  };
}
