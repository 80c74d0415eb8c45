import { describe, expect, test } from 'vitest';
import { svgOf } from '../../../src/figure/dynamics.js';
import type { AreaMark, CurveMark, TextMark } from '../../../src/figure/marks.js';
import {
  drawPairsOverTraining,
  type PairsOverTraining,
} from '../../../src/figure/model/pairs-over-training.js';
import { someRandom } from './some-model.js';

const doubling = Float64Array.from([
  0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 8000, 32000, 143000,
]);
const even = Float64Array.from({ length: 11 }, (_, at) => 200 * at);

function someTraining(steps: Float64Array, change: Partial<PairsOverTraining> = {}): PairsOverTraining {
  const random = someRandom(2);
  const last = Math.log10(steps.at(-1)!);
  const pairs = ['4.11>5.1', '4.11>6.9', '4.11>5.5', '2.2>5.1', '4.11>7.10', '3.7>6.9'].map((name, at) => ({
    name,
    values: steps.map((step) => {
      const rise = 1 / (1 + Math.exp(-3 * (Math.log10(step + 1) - 0.7 * last - 0.1 * at)));
      return 0.4 + (0.45 - 0.05 * at) * rise + 0.02 * random();
    }),
  }));
  return {
    ...{ setting: 'some series', measure: 'QK–OV match', details: 'rank 10, mean, rel_pos −1' },
    ...{ steps, pairs, total: 9504 },
    chance: {
      median: steps.map(() => 0.41),
      low: steps.map(() => 0.35),
      high: steps.map((step) => 0.46 + 0.01 * Math.log10(step + 1)),
      ...{ share: 0.9, of: 'anti-causal pairs' },
    },
    ...change,
  };
}

const marksOf = (training: PairsOverTraining) => drawPairsOverTraining(training)!.panels[0]!.marks;

describe('the strongest pairs over training', () => {
  test.each([
    ['pairs-doubling-steps', someTraining(doubling)],
    ['pairs-even-steps', someTraining(even, { chance: undefined })],
  ])('%s', async (name, training) => {
    const svg = svgOf(drawPairsOverTraining(training)!, false);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    await expect(svg).toMatchFileSnapshot(`../snapshots/${name}.svg`);
  });

  test('steps that double stand evenly, and step 0 is left out', () => {
    const area = marksOf(someTraining(doubling)).find((mark): mark is AreaMark => mark.kind === 'area')!;
    expect(area.x).toHaveLength(doubling.length - 1);
    const [one, two, four] = area.x;
    expect(four! - two!).toBeCloseTo(two! - one!, 9);
    const linear = marksOf(someTraining(even)).find((mark): mark is AreaMark => mark.kind === 'area')!;
    expect(linear.x).toHaveLength(even.length);
  });

  test('names stand in the order of the line ends, apart from each other', () => {
    const training = someTraining(even, {
      pairs: Array.from({ length: 8 }, (_, at) => ({
        name: `0.${at}>1.0`,
        values: even.map(() => 0.5 + 1e-4 * at),
      })),
      chance: undefined,
    });
    const names = marksOf(training).filter(
      (mark): mark is TextMark => mark.kind === 'text' && mark.content.includes('>'),
    );
    const sorted = [...names].sort((a, b) => a.y - b.y);
    // The largest value is highest.
    expect(sorted.map(({ content }) => content)).toEqual(
      Array.from({ length: 8 }, (_, at) => `0.${7 - at}>1.0`),
    );
    for (let at = 1; at < sorted.length; at++)
      expect(sorted[at]!.y - sorted[at - 1]!.y).toBeGreaterThanOrEqual(34);
  });

  test('a step without a value is a gap, and nothing is drawn without values or steps', () => {
    const gap = someTraining(even, {
      pairs: [{ name: '0.0>1.0', values: even.map((_, at) => (at === 5 ? Number.NaN : 0.5 + 0.01 * at)) }],
      chance: undefined,
    });
    const curve = marksOf(gap).find((mark): mark is CurveMark => mark.kind === 'curve')!;
    expect([...curve.points.y].filter(Number.isNaN)).toHaveLength(1);
    expect(drawPairsOverTraining(someTraining(even, { pairs: [] }))).toBeUndefined();
    expect(drawPairsOverTraining(someTraining(Float64Array.of(10)))).toBeUndefined();
  });
});
