/**
 * Where values stand among the colours of a scale: values in increasing order, each with its place in [0, 1]; linear
 * between two, and the nearest one's beyond the ends. Places fall where small values have the last colours.
 */
export type ValuePlaces = readonly (readonly [value: number, place: number])[];

/** The place of a value. */
export function placeOfValue(places: ValuePlaces, value: number): number {
  const next = places.findIndex(([at]) => at >= value);
  const after = places[next];
  const before = places[next - 1];
  if (after === undefined) return places.at(-1)![1];
  if (before === undefined) return after[1];
  return before[1] + ((value - before[0]) / (after[0] - before[0])) * (after[1] - before[1]);
}

/** The strongest pairs that half of the colours are for, unless their number is given: one in a hundred. */
const strongShare = 0.01;
/** Of fewer values, single ones would have half of the colours. */
const fewest = 200;
/** The first colour is paper, which stands for no value at all. */
const weakest = 0.06;
/** Where the bulk ends and the strongest begin. */
const bend = 0.55;

/** Which values of a measure are strong. */
export interface Strength {
  readonly signed: boolean;
  /** Which end of an unsigned measure is the strong one. */
  readonly strongest: 'highest' | 'lowest';
  /** How many values stand out; a hundredth of them unless given. */
  readonly strong?: number | undefined;
}

/**
 * Places for a measure of very many pairs, of which few stand out: the colours up to 55 % tell the bulk apart, those beyond
 * are for the strongest hundredth. A signed measure has zero in the middle, and the strongest hundredth at both ends.
 * @param values NaN is passed over
 * @returns undefined of no value
 */
export function strengthPlaces(
  values: Iterable<number>,
  { signed, strongest, strong }: Strength,
): ValuePlaces | undefined {
  const sorted = Float64Array.from(finite(values)).sort();
  if (sorted.length === 0) return undefined;
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const isFew = sorted.length < fewest;
  const count = Math.min(sorted.length - 1, strong ?? Math.ceil(strongShare * sorted.length));
  if (signed && low < 0 && high > 0) {
    const sizes = sorted.map(Math.abs).sort();
    const [usual, most] = [sizes[sizes.length - 1 - count]!, sizes.at(-1)!];
    const half = bend / 2;
    return isFew || usual === 0
      ? [
          [-most, 0],
          [most, 1],
        ]
      : increasing([
          [-most, 0],
          [-usual, 0.5 - half],
          [usual, 0.5 + half],
          [most, 1],
        ]);
  }
  const isLowStrong = strongest === 'lowest' || (signed && high <= 0);
  const inner: ValuePlaces = isFew
    ? []
    : isLowStrong
      ? [[sorted[count]!, 1 - bend]]
      : [[sorted[sorted.length - 1 - count]!, bend]];
  const places = increasing(
    isLowStrong ? [[low, 0], ...inner, [high, 1 - weakest]] : [[low, weakest], ...inner, [high, 1]],
  );
  return isLowStrong ? places.map(([value, place]) => [value, 1 - place] as const) : places;
}

/** Whether values at a place are among the strongest hundredth, where the scale has colours for these. */
export function isStrongPlace(places: ValuePlaces, signed: boolean, place: number): boolean {
  if (places.length < 3) return false;
  return signed ? Math.abs(place - 0.5) > bend / 2 : place > bend;
}

function* finite(values: Iterable<number>): Generator<number> {
  for (const value of values) if (Number.isFinite(value)) yield value;
}

/** Without values that another one has already: all may be equal. */
function increasing(places: ValuePlaces): ValuePlaces {
  return places.filter(([value], at) => at === 0 || value > places[at - 1]![0]);
}
