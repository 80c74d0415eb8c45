import { describe, expect, test } from 'vitest';
import { svgOf } from '../../../src/figure/dynamics.js';
import type { CurveMark, TextMark } from '../../../src/figure/marks.js';
import { drawHeadGrids } from '../../../src/figure/model/head-grids.js';
import {
  bandOf,
  drawPairDistribution,
  type PairDistribution,
} from '../../../src/figure/model/pair-distribution.js';
import { type HeadGrid, layerOfHead } from '../../../src/model/heads.js';
import { gpt2Grid, gpt2XlGrid, somePairValues, someRandom } from './some-model.js';

function someDistribution(grid: HeadGrid): PairDistribution & { readonly antiCausal: Float64Array } {
  const total = grid.layers * grid.heads;
  const causal: number[] = [];
  const antiCausal: number[] = [];
  somePairValues(grid, 3).forEach((value, at) => {
    const isCausal = layerOfHead(grid, at % total) < layerOfHead(grid, Math.floor(at / total));
    (isCausal ? causal : antiCausal).push(value);
  });
  return {
    ...{ setting: 'some model', measure: 'QK–OV match', details: 'rank 10, mean, rel_pos −1' },
    causal: Float64Array.from(causal),
    antiCausal: Float64Array.from(antiCausal),
  };
}

describe('distribution over pairs', () => {
  test.each([
    ['distribution-12x12', gpt2Grid],
    ['distribution-2x5', { layers: 2, heads: 5 }],
  ])('%s', async (name, grid) => {
    const svg = svgOf(drawPairDistribution(someDistribution(grid))!, false);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    await expect(svg).toMatchFileSnapshot(`../snapshots/${name}.svg`);
  });

  test('the band holds nine tenths of the anti-causal pairs', () => {
    const { antiCausal } = someDistribution(gpt2Grid);
    const { low, median, high } = bandOf(antiCausal)!;
    const within = antiCausal.filter((value) => value >= low && value <= high).length / antiCausal.length;
    expect(within).toBeGreaterThan(0.895);
    expect(within).toBeLessThan(0.905);
    expect(antiCausal.filter((value) => value < median).length).toBe(antiCausal.length / 2);
  });

  test('comes with quantiles alone, with equal values, and not without any', () => {
    const some = someDistribution({ layers: 2, heads: 5 });
    const none = new Float64Array(0);
    const chance = { median: 0.4, low: 0.3, high: 0.5, share: 0.9, of: 'anti-causal pairs' };
    const marks = drawPairDistribution({ ...some, antiCausal: none, chance })!.panels[0]!.marks;
    expect(marks.filter((mark): mark is CurveMark => mark.kind === 'curve')).toHaveLength(1);
    const equal = svgOf(
      drawPairDistribution({ ...some, causal: Float64Array.of(1, 1), antiCausal: none })!,
      false,
    );
    expect(equal).not.toMatch(/NaN|Infinity/);
    expect(drawPairDistribution({ ...some, causal: Float64Array.of(Number.NaN) })).toBeUndefined();
  });
});

describe('grids of heads', () => {
  const grids = (grid: HeadGrid) => {
    const random = someRandom(4);
    const count = grid.layers * grid.heads;
    return drawHeadGrids({
      ...{ setting: 'some model', grid },
      panels: [
        {
          ...{ measure: 'Induction score', details: '', signed: false },
          values: Float64Array.from({ length: count }, () => random() ** 4),
        },
        {
          ...{ measure: 'Copying score', details: 'step 100', signed: true },
          values: Float64Array.from({ length: count }, (_, at) => (at === 1 ? Number.NaN : 2 * random() - 1)),
        },
      ],
    });
  };

  test.each([
    ['head-grids-12x12', gpt2Grid],
    ['head-grids-48x25', gpt2XlGrid],
    ['head-grids-2x5', { layers: 2, heads: 5 }],
  ])('%s', async (name, grid) => {
    const svg = svgOf(grids(grid), false);
    expect(svg.replace(/base64,[^"]*/g, '')).not.toMatch(/NaN|Infinity|undefined/);
    await expect(svg).toMatchFileSnapshot(`../snapshots/${name}.svg`);
  });

  test('values stand in the cells where they have room, and the largest below', () => {
    const textsOf = (grid: HeadGrid, panel: number) =>
      grids(grid).panels[panel]!.marks.filter((mark): mark is TextMark => mark.kind === 'text');
    const inCells = (grid: HeadGrid) => textsOf(grid, 1).filter(({ size }) => size === 24);
    expect(inCells(gpt2Grid)).toHaveLength(144);
    expect(inCells(gpt2Grid)[1]!.content).toBe('–');
    expect(inCells(gpt2XlGrid)).toEqual([]);
    expect(textsOf(gpt2Grid, 0).at(-1)!.content).toMatch(/^9\.5 \(1\.00\), 10\.11 \(0\.99\)/);
  });
});
