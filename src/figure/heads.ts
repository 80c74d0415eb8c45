import type { Curve } from '../series/curves.js';

/** Curves of one measure over many heads, split for drawing. */
export interface Heads {
  /** The one drawn strong; undefined where no head stands out. */
  readonly best: Curve | undefined;
  readonly others: readonly Curve[];
  /** How many there are, drawn or not. */
  readonly total: number;
}

/** More thin lines than this could not be distinguished, and would make the figure large. */
const mostLines = 96;

/**
 * The best of several curves and the others that are drawn, in the order of the table: all of them, or the strongest
 * where they are too many. With one curve there is no choice; with several that nothing ranks, none is best.
 * @param ranked what the curves are measured on, strongest first
 */
export function splitHeads(curves: readonly Curve[], ranked: readonly string[]): Heads {
  if (curves.length === 1) return { best: curves[0], others: [], total: 1 };
  const place = new Map(ranked.map((of, at) => [of, at]));
  const placeOf = ({ key }: Curve) => place.get(key.of ?? '') ?? ranked.length;
  const drawn = new Set([...curves].sort((a, b) => placeOf(a) - placeOf(b)).slice(0, mostLines));
  const best = curves.find(({ key }) => key.of === ranked[0]);
  const others = curves.filter((curve) => curve !== best && drawn.has(curve));
  return { best, others, total: curves.length };
}
