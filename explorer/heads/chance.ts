import { type NullShares, nullShares } from '../../src/figure/model/null-shares.js';
import { blockLike, type MeasureChoice, placesOf, valuesAt } from './heads-model.js';
import type { PairRows } from './pair-rows.js';

/** How a measure's values lie over all causal pairs. */
export interface ValueSpread {
  /** Pairs in each of equally wide bins from low to high. */
  readonly counts: readonly number[];
  readonly low: number;
  readonly high: number;
  /** Pairs whose q-value is at most 5 %; undefined where chance was not measured. */
  readonly beyondChance: number | undefined;
  /** The smallest value among those; where they begin. */
  readonly from: number | undefined;
  /** Anti-causal pairs in each bin, scaled to as many as there are causal ones; undefined where these are not known. */
  readonly chance: readonly number[] | undefined;
}

const bins = 60;

/** @returns undefined where no pair has a value */
export function valueSpread(
  { value, p, q, nullCount, layers }: PairRows,
  strongest: 'highest' | 'lowest',
): ValueSpread | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const x of value) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  if (low > high) return undefined;
  const counts = new Array<number>(bins).fill(0);
  const scale = high > low ? bins / (high - low) : 0;
  let beyond = 0;
  let known = false;
  let from = Number.POSITIVE_INFINITY;
  for (let at = 0; at < value.length; at++) {
    const x = value[at]!;
    if (Number.isNaN(x)) continue;
    counts[Math.min(bins - 1, Math.floor((x - low) * scale))]!++;
    if (Number.isNaN(q[at])) continue;
    known = true;
    if (q[at]! <= 0.05) {
      beyond++;
      from = Math.min(from, x);
    }
  }
  return {
    counts,
    low,
    high,
    beyondChance: known ? beyond : undefined,
    from: beyond > 0 ? from : undefined,
    // The strongest alone say nothing of where most of the others lie.
    chance:
      layers === undefined && high > low
        ? chanceCounts(nullShares(value, p, nullCount, strongest), low, high, value.length)
        : undefined,
  };
}

function chanceCounts(
  chance: NullShares | undefined,
  low: number,
  high: number,
  pairs: number,
): number[] | undefined {
  return chance && Array.from(chance.shares(bins, low, high), (share) => share * pairs);
}

/** One number of a pair, for the table of all its measures. */
export interface PairNumber {
  readonly choice: MeasureChoice;
  readonly rank: number | null;
  readonly relPos: number | null;
  readonly value: number;
  readonly p: number;
  readonly q: number;
}

/** Everything that was measured of one pair at one step, as near as possible to a rank and a relative position. */
export function numbersOfPair(
  choices: readonly MeasureChoice[],
  name: string,
  nearest: (choice: MeasureChoice) => MeasureChoice['blocks'][number] | undefined,
  step: number | null,
): PairNumber[] {
  return choices.flatMap((choice): PairNumber[] => {
    const block = nearest(choice);
    if (block === undefined) return [];
    const of = (list: MeasureChoice['blocks']): number => {
      const own = blockLike(list, block);
      const place = (own && placesOf(own.subjects).get(name)) ?? -1;
      return own === undefined || place < 0 ? Number.NaN : (valuesAt(own, step)?.[place] ?? Number.NaN);
    };
    const value = of(choice.blocks);
    if (Number.isNaN(value)) return [];
    return [
      { choice, rank: block.key.rank, relPos: block.key.rel_pos, value, p: of(choice.p), q: of(choice.q) },
    ];
  });
}
