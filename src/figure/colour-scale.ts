import {
  isStrongPlace,
  placeOfValue,
  type Strength,
  strengthPlaces,
  type ValuePlaces,
} from './value-places.js';

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
  /** Where values stand among the colours; evenly from `low` to `high` unless given. */
  readonly places?: ValuePlaces;
}

const stops = {
  diverging: ['#08417a', '#2f7fbf', '#9fc8e6', '#ffffff', '#f6c48f', '#d9741a', '#853d00'],
  sequential: ['#ffffff', '#cfe3f3', '#86bbe0', '#3b8bc6', '#0b5fa0', '#083a66'],
} as const;

/** Colours of a scale: finer steps cannot be distinguished in cells, and would make files larger. */
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
export function pixelOf(scale: ColourScale, value: number): number {
  if (Number.isNaN(value)) return missingPixel;
  return 2 + Math.round(placeOf(scale, value) * (levels - 1));
}

/** Where a value stands among the colours, in [0, 1]. */
export function placeOf({ low, high, places }: ColourScale, value: number): number {
  if (places !== undefined) return placeOfValue(places, value);
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return Math.min(1, Math.max(0, share));
}

/** Whether text on a cell of this value must be light to be read. */
export function isDark(scale: ColourScale, value: number): boolean {
  if (Number.isNaN(value)) return false;
  const share = (pixelOf(scale, value) - 2) / (levels - 1);
  return scale.kind === 'sequential' ? share > 0.55 : share < 0.22 || share > 0.8;
}

/**
 * The scale for a measure of very many pairs: half of the colours are for the strongest hundredth, the others tell the bulk
 * apart. A signed measure diverges where it has both signs.
 */
export function pairScale(values: Iterable<number>, strength: Strength): ColourScale {
  const all = Float64Array.from(values);
  const places = strengthPlaces(all, strength);
  if (places === undefined) return scaleOf([], false);
  const { kind, low, high } = scaleOf(all, strength.signed);
  return { kind, low, high, places };
}

/** Whether a value is among the strongest hundredth that a scale has half of its colours for. */
export function isStrong(scale: ColourScale, value: number): boolean {
  const { places, kind } = scale;
  return places !== undefined && isStrongPlace(places, kind === 'diverging', placeOf(scale, value));
}

/**
 * The scale that holds all of the values; of none, from 0 to 1. It diverges around zero where signed values have both signs:
 * were all of them positive, half of its colours would be for nothing.
 */
export function scaleOf(values: Iterable<number>, signed: boolean): ColourScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  if (signed && low < 0 && high > 0) {
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return { kind: 'diverging', low: -reach, high: reach };
  }
  if (signed && low < 0 && high > low) {
    // The most negative is the strongest.
    return {
      ...{ kind: 'sequential', low, high },
      places: [
        [low, 1],
        [high, 0],
      ],
    };
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
