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
  const measured = (measure: Measure) => numbersOf(choice, measure, relPos, rank);
  const { zScore: z, mismatch } = circuits.once(`scores at ${relPos}`, () => ({
    zScore: measured(zScore)[0]!,
    mismatch: measured(mismatchRatio)[0]!,
  }));
  const [largest, mean] = measured(qkOvMatch);
  return { zScore: z, mismatch, match: { largest: largest!, mean: mean! } };
}

/** The table's embedding–OV match of the writer: it depends on no relative position. */
export function writerScores(choice: PairCircuits, rank: number): PairScores['match'] {
  const [largest, mean] = numbersOf(choice, wteOvMatch, 0, rank);
  return { largest: largest!, mean: mean! };
}

function numbersOf({ circuits }: PairCircuits, measure: Measure, relPos: number, rank: number): number[] {
  const values: number[] = [];
  measure(circuits, { config: circuits.config, ranks: [rank], relPos: [relPos] }, (_, value) =>
    values.push(value),
  );
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
