import { describe, expect, it } from 'vitest';
import {
  goldenModelPath,
  goldenModels,
  goldenModelValues,
  measureWeights,
  smallLlama,
  smallLlamaValues,
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

const models = [
  ...goldenModels.map((name) => ({ name, path: goldenModelPath(name), golden: goldenModelValues(name) })),
  { name: 'examples/small_llama', path: smallLlama, golden: smallLlamaValues() },
];

describe.each(models)('heads of $name', ({ path, golden }) => {
  it.each(['stored', 'folded'])('give what PyTorch makes of them, %s', async (variant) => {
    const goldenPairs = Object.entries<Record<string, GoldenPair | number>>(golden.pairs[variant]);
    const positions = Object.keys(goldenPairs[0]![1]).filter((key) => key !== 'v_composition');
    const weights = weightsAt(path);
    const { pairs, heads } = await measureWeights(weights, {
      foldNorm: variant === 'folded',
      relPos: positions.map(Number),
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
    for (const [pair, values] of goldenPairs) {
      compare(found(pair, 'v_composition', null), values['v_composition'] as number);
      for (const position of positions) {
        const relPos = Number(position);
        const expected = values[position] as GoldenPair;
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
    const { layers, heads: perLayer } = weights.architecture;
    for (const [head, score] of Object.entries<number>(golden.copying_score[variant])) {
      const [layer, at] = head.split('.').map(Number);
      compare(scores[layer! * perLayer + at!]!, score);
    }
    // Every pair of heads in different layers: nine numbers at each position and one without; and every head.
    const pairCount = (perLayer ** 2 * layers * (layers - 1)) / 2;
    expect(compared).toBe(pairCount * (9 * positions.length + 1) + layers * perLayer);
  });
});
