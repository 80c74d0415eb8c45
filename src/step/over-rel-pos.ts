import type { Measure } from '../measures/measure.js';
import { mismatchRatio } from '../measures/mismatch-ratio.js';
import { qkOvMatch } from '../measures/qk-ov-match.js';
import { wteOvMatch } from '../measures/wte-ov-match.js';
import { zScore } from '../measures/z-score.js';
import type { PairCircuits } from './open-step.js';

/** What a pair of heads scores at one relative position and rank; NaN where a number cannot be computed. */
export interface PairScores {
  readonly zScore: number;
  readonly mismatch: number;
  readonly match: { readonly largest: number; readonly mean: number };
}

/**
 * The table's measures of one pair at one relative position. What depends on t alone is made once per t, so another rank
 * costs next to nothing.
 * @returns null in a model of one layer
 */
export function pairScores(choice: PairCircuits, relPos: number, rank: number): PairScores | null {
  const { circuits, pair } = choice;
  if (pair === null) return null;
  const one = (measure: Measure) => numbersOf(choice, measure, relPos, rank).get(null) ?? Number.NaN;
  const { zScore: z, mismatch } = circuits.once(`scores at ${relPos}`, () => ({
    zScore: one(zScore),
    mismatch: one(mismatchRatio),
  }));
  return { zScore: z, mismatch, match: matchOf(choice, qkOvMatch, relPos, rank) };
}

/** The table's embedding–OV match of the writer: it depends on no relative position. */
export function writerScores(choice: PairCircuits, rank: number): PairScores['match'] {
  return matchOf(choice, wteOvMatch, 0, rank);
}

function matchOf(choice: PairCircuits, measure: Measure, relPos: number, rank: number): PairScores['match'] {
  const values = numbersOf(choice, measure, relPos, rank);
  return { largest: values.get('largest') ?? Number.NaN, mean: values.get('mean') ?? Number.NaN };
}

/** What a measure emits for one relative position and rank, by the statistic of its keys. */
function numbersOf(
  { circuits }: PairCircuits,
  measure: Measure,
  relPos: number,
  rank: number,
): ReadonlyMap<string | null, number> {
  const values = new Map<string | null, number>();
  measure(circuits, { config: circuits.config, ranks: [rank], relPos: [relPos] }, ({ statistic }, value) => {
    values.set(statistic, value);
  });
  return values;
}

/**
 * Relative positions from -reach to reach in the order to compute them: the nearest first, so that what a reader sees
 * first is where they look; 0 alone where positions are not rotary.
 */
export function relPosOrder(pos: 'rotary' | 'relative' | null, reach: number): number[] {
  if (pos !== 'rotary') return [0];
  return Array.from({ length: reach + 1 }, (_, t) => (t === 0 ? [0] : [-t, t])).flat();
}
