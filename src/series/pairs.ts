import { headsOfPairName } from '../model/heads.js';
import type { Curve } from './curves.js';

/**
 * Pairs of heads, writer > reader, from the strongest to the weakest: by their z-score at the last step that has one,
 * which depends on no rank, so that all figures of a run agree on the pair they show. Ties keep the order of the table.
 * @param zScores the z-score of every pair at one relative position
 */
export function rankedPairs(zScores: readonly Curve[]): string[] {
  const last = zScores.map((curve) => ({ pair: curve.key.of ?? '', ...lastFinite(curve) }));
  const lastStep = last.reduce((latest, { step }) => Math.max(latest, step), Number.NEGATIVE_INFINITY);
  const strength = last.map(({ pair, step, value }) => ({
    pair,
    value: step === lastStep ? value : Number.NEGATIVE_INFINITY,
  }));
  return strength.sort((a, b) => b.value - a.value || 0).map(({ pair }) => pair);
}

/** The writer of a pair: `0.1` of `0.1>2.3`. */
export function writerOf(pair: string): string {
  return headsOfPairName(pair).writer;
}

function lastFinite({ steps, values }: Curve): { step: number; value: number } {
  for (let at = values.length - 1; at >= 0; at--) {
    if (Number.isFinite(values[at])) return { step: steps[at]!, value: values[at]! };
  }
  return { step: Number.NEGATIVE_INFINITY, value: Number.NEGATIVE_INFINITY };
}
