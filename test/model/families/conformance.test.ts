import { describe, expect, it } from 'vitest';
import {
  goldenModelPath,
  goldenModels,
  goldenModelValues,
  measureWeights,
  relPosOf,
  valueOfPair,
  weightsAt,
} from './golden-models.js';

interface GoldenPair {
  readonly z_score: number;
  readonly k_composition: number;
  readonly q_composition: number;
  readonly match: Readonly<Record<string, readonly [largest: number, mean: number]>>;
}

// Float64 on both sides, golden values with twelve digits.
const digits = 9;

describe.each(goldenModels)('heads of %s', (name) => {
  it.each(['stored', 'folded'])('give what PyTorch makes of them, %s', async (variant) => {
    const golden = goldenModelValues(name);
    const weights = weightsAt(goldenModelPath(name));
    const { pairs, heads } = await measureWeights(weights, {
      foldNorm: variant === 'folded',
      measures: [
        'z_score',
        'qk_ov_match',
        'k_composition',
        'q_composition',
        'v_composition',
        'copying_score',
      ],
    });
    const found = (
      pair: string,
      measure: string,
      relPos: number | null,
      rank: number | null = null,
      statistic: string | null = null,
    ) => {
      const column = pairs.find(
        ({ key }) =>
          key.measure === measure &&
          key.rel_pos === relPos &&
          key.rank === rank &&
          key.statistic === statistic,
      );
      return valueOfPair(column!, weights, pair);
    };
    let compared = 0;
    const compare = (value: number, expected: number) => {
      expect(value).toBeCloseTo(expected, digits);
      compared++;
    };
    for (const [pair, values] of Object.entries<Record<string, GoldenPair | number>>(golden.pairs[variant])) {
      compare(found(pair, 'v_composition', null), values['v_composition'] as number);
      for (const relPos of relPosOf(weights)) {
        const expected = values[relPos] as GoldenPair;
        compare(found(pair, 'z_score', relPos), expected.z_score);
        compare(found(pair, 'k_composition', relPos), expected.k_composition);
        compare(found(pair, 'q_composition', relPos), expected.q_composition);
        for (const [rank, [largest, mean]] of Object.entries(expected.match)) {
          compare(found(pair, 'qk_ov_match', relPos, Number(rank), 'largest'), largest);
          compare(found(pair, 'qk_ov_match', relPos, Number(rank), 'mean'), mean);
        }
      }
    }
    const scores = heads.find(({ key }) => key.measure === 'copying_score')!.values;
    const { heads: perLayer } = weights.architecture;
    for (const [head, score] of Object.entries<number>(golden.copying_score[variant])) {
      const [layer, at] = head.split('.').map(Number);
      compare(scores[layer! * perLayer + at!]!, score);
    }
    // 16 pairs of heads, 9 numbers of each at every position and one without, and 8 heads.
    expect(compared).toBe(16 * (9 * relPosOf(weights).length + 1) + 8);
  });
});
