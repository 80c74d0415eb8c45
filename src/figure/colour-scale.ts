/**
 * How values become colours: `sequential` from paper to dark blue, for what has no sign; `diverging` from blue through
 * paper to orange, for signed values, and then with `low` = -`high` so that zero is paper. The page's heat maps have the
 * same colours.
 */
export interface ColourScale {
  readonly kind: 'sequential' | 'diverging';
  /** Value of the first colour; smaller ones take it too. */
  readonly low: number;
  /** Value of the last colour; larger ones take it too. */
  readonly high: number;
}

const stops = {
  diverging: ['#08417a', '#2f7fbf', '#9fc8e6', '#ffffff', '#f6c48f', '#d9741a', '#853d00'],
  sequential: ['#ffffff', '#cfe3f3', '#86bbe0', '#3b8bc6', '#0b5fa0', '#083a66'],
} as const;

/** Colours of a scale: finer steps cannot be told apart in cells, and would make files larger. */
const levels = 64;

/** The colour of values that are not a number: a cell that should have a value and has none. */
const missing = '#d9d9d9';

/** What pixels of heat maps stand for: 0 is clear, 1 a missing value, the others the colours of a scale. */
export function coloursOf({ kind }: ColourScale): readonly string[] {
  return [missing, ...interpolated(stops[kind])];
}

/** The pixel of a missing value. */
export const missingPixel = 1;

/** The pixel of a value. */
export function pixelOf({ low, high }: ColourScale, value: number): number {
  if (Number.isNaN(value)) return missingPixel;
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return 2 + Math.round(Math.min(1, Math.max(0, share)) * (levels - 1));
}

/** Whether text on a cell of this value must be light to be read. */
export function isDark(scale: ColourScale, value: number): boolean {
  if (Number.isNaN(value)) return false;
  const share = (pixelOf(scale, value) - 2) / (levels - 1);
  return scale.kind === 'sequential' ? share > 0.55 : share < 0.22 || share > 0.8;
}

/** The scale of unsigned or signed values that holds all of them; of none, from 0 to 1. */
export function scaleOf(values: Iterable<number>, signed: boolean): ColourScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  if (signed) {
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return { kind: 'diverging', low: -reach, high: reach };
  }
  return { kind: 'sequential', low, high: high > low ? high : low + 1 };
}

function interpolated(colours: readonly string[]): string[] {
  const channels = colours.map((colour) =>
    [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
  );
  return Array.from({ length: levels }, (_, at) => {
    const place = (at / (levels - 1)) * (colours.length - 1);
    const below = Math.min(Math.floor(place), colours.length - 2);
    const mixed = [0, 1, 2].map((channel) => {
      const from = channels[below]![channel]!;
      return Math.round(from + (place - below) * (channels[below + 1]![channel]! - from));
    });
    return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  });
}
