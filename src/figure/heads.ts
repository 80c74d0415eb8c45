import type { Curve } from '../series/curves.js';

/** Curves of one measure over many heads, split for drawing. */
export interface Heads {
  /** The one drawn strong; undefined where nothing tells heads apart. */
  readonly best: Curve | undefined;
  readonly others: readonly Curve[];
  /** How many there are, drawn or not. */
  readonly total: number;
}

/** More thin lines than this could not be told apart, and would make the figure large. */
const mostLines = 96;

/**
 * Pairs of heads, writer > reader, from the strongest to the weakest: by their z-score at the last step that has one,
 * which depends on no rank, so that all figures of a run agree on the pair they show. Ties keep the order of the table.
 * @param zScores the z-score of every pair at one relative position
 */
export function rankedPairs(zScores: readonly Curve[]): string[] {
  const lastStep = Math.max(...zScores.map((curve) => lastFinite(curve).step));
  const strength = zScores.map((curve) => {
    const { step, value } = lastFinite(curve);
    return { pair: curve.key.of ?? '', value: step === lastStep ? value : Number.NEGATIVE_INFINITY };
  });
  return strength.sort((a, b) => b.value - a.value || 0).map(({ pair }) => pair);
}

/** The writer of a pair: `0.1` of `0.1>2.3`. */
export function writerOf(pair: string): string {
  return pair.split('>')[0]!;
}

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

function lastFinite({ steps, values }: Curve): { step: number; value: number } {
  for (let at = values.length - 1; at >= 0; at--) {
    if (Number.isFinite(values[at])) return { step: steps[at]!, value: values[at]! };
  }
  return { step: Number.NEGATIVE_INFINITY, value: Number.NEGATIVE_INFINITY };
}
