/** What a reader does on a chart, in pixels from its left edge. */
export interface Gestures {
  readonly hover: (x: number | null) => void;
  readonly select: (x: number) => void;
  /** A stretch is being drawn; null when it ends without one. */
  readonly drag: (stretch: readonly [number, number] | null) => void;
  readonly zoom: (stretch: readonly [number, number]) => void;
  readonly reset: () => void;
}

/** Shorter strokes are clicks of an unsteady hand. */
const shortestStroke = 8;

/**
 * Listens for mouse, pen and touch: moving hovers, a click selects, a stroke zooms, a double click resets. A finger
 * that slides sideways hovers, up and down it scrolls the page, and a tap selects.
 * @returns a function that ends it
 */
export function listen(element: HTMLElement, gestures: Gestures): () => void {
  let start: number | undefined;
  let isTouch = false;
  const place = (event: PointerEvent | MouseEvent) => event.clientX - element.getBoundingClientRect().left;
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    isTouch = event.pointerType === 'touch';
    start = place(event);
    if (!isTouch) element.setPointerCapture(event.pointerId);
    else gestures.hover(start);
  };
  const move = (event: PointerEvent) => {
    const x = place(event);
    gestures.hover(x);
    if (start !== undefined && !isTouch && Math.abs(x - start) >= shortestStroke) gestures.drag([start, x]);
  };
  const up = (event: PointerEvent) => {
    if (start === undefined) return;
    const x = place(event);
    const isStroke = !isTouch && Math.abs(x - start) >= shortestStroke;
    if (isStroke) gestures.zoom([Math.min(start, x), Math.max(start, x)]);
    else gestures.select(x);
    if (isTouch) gestures.hover(null);
    gestures.drag(null);
    start = undefined;
  };
  const leave = () => {
    if (start === undefined || isTouch) gestures.hover(null);
  };
  const cancel = () => {
    start = undefined;
    gestures.drag(null);
    gestures.hover(null);
  };
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('pointercancel', cancel);
  element.addEventListener('dblclick', gestures.reset);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointerleave', leave);
    element.removeEventListener('pointercancel', cancel);
    element.removeEventListener('dblclick', gestures.reset);
  };
}
