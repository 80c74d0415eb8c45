/** What a reader does on a chart, in pixels from its left edge. */
export interface Gestures {
  readonly hover: (x: number | null, y?: number) => void;
  readonly select: (x: number) => void;
  /** A stretch is being drawn; null when it ends without one. */
  readonly drag: (stretch: readonly [number, number] | null) => void;
  readonly zoom: (stretch: readonly [number, number]) => void;
  readonly reset: () => void;
  /** Two fingers that lay at the first places have moved to the second; one gesture hands over the same `from`. */
  readonly pinch: (from: Places, to: Places) => void;
}

/** Where two fingers lie, from left to right. */
export type Places = readonly [number, number];

/** Shorter strokes are clicks of an unsteady hand. */
const shortestStroke = 8;

/** Fingers that are closer tell no distance: they would zoom without end. */
const closestFingers = 16;

/**
 * Listens for mouse, pen and touch: moving hovers, a click selects, a stroke zooms, a double click resets. A finger
 * that slides sideways hovers, up and down it scrolls the page, and a tap selects; two fingers zoom.
 * @returns a function that ends it
 */
export function listen(element: HTMLElement, gestures: Gestures): () => void {
  let start: number | undefined;
  let isTouch = false;
  /** Places of the fingers that touch, by pointer. */
  const fingers = new Map<number, number>();
  let pinched: Places | undefined;
  const place = (event: PointerEvent | MouseEvent) => event.clientX - element.getBoundingClientRect().left;
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    isTouch = event.pointerType === 'touch';
    if (isTouch) {
      fingers.set(event.pointerId, place(event));
      if (fingers.size > 1) {
        // What the first finger began was no tap.
        start = undefined;
        gestures.hover(null);
        pinched = fingers.size === 2 ? placesOf(fingers) : undefined;
        return;
      }
    }
    start = place(event);
    if (!isTouch) element.setPointerCapture(event.pointerId);
    else gestures.hover(start);
  };
  const move = (event: PointerEvent) => {
    const x = place(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, x);
    if (pinched !== undefined) gestures.pinch(pinched, placesOf(fingers));
    // A finger that is left after a pinch does nothing more.
    if (isTouch && start === undefined) return;
    gestures.hover(x, event.clientY - element.getBoundingClientRect().top);
    if (start !== undefined && !isTouch && Math.abs(x - start) >= shortestStroke) gestures.drag([start, x]);
  };
  const up = (event: PointerEvent) => {
    lift(event);
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
  const lift = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    pinched = undefined;
  };
  const cancel = (event: PointerEvent) => {
    lift(event);
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

function placesOf(fingers: ReadonlyMap<number, number>): Places {
  const [left = 0, right = 0] = [...fingers.values()].sort((a, b) => a - b);
  const missing = Math.max(0, closestFingers - (right - left)) / 2;
  return [left - missing, right + missing];
}
