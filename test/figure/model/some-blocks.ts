import { bandOf } from '../../../src/figure/model/pair-distribution.js';
import { strongestEnd } from '../../../src/measures/model-plan.js';
import { type HeadGrid, headName, layerOfHead, pairName } from '../../../src/model/heads.js';
import { type Block, blocksOf } from '../../../src/series/blocks.js';
import { TableBuilder } from '../../../src/series/table.js';
import { somePairValues, someRandom } from './some-model.js';

const noKeys = { rel_pos: null, rank: null, statistic: null };

/** What a made-up table of a model holds. */
export interface SomeTable {
  readonly setting?: string;
  readonly grid: HeadGrid;
  /** NaN for a single model. */
  readonly steps?: readonly number[];
  /** Only so many of the strongest pairs have rows of their own, beside medians of layers. */
  readonly rows?: number;
}

/** The table of a model as `measure` writes it: pairs, q-values, quantiles of the anti-causal null, and heads. */
export function someModelBlocks({
  setting = 'some_model',
  grid,
  steps = [Number.NaN],
  rows,
}: SomeTable): Block[] {
  const table = new TableBuilder();
  const total = grid.layers * grid.heads;
  const atSteps = steps.map((_, at) =>
    somePairValues(grid, 3).map((value) => 0.4 + ((value - 0.4) * (at + 1)) / steps.length),
  );
  const causal = [...somePairValues(grid, 3).keys()].filter(
    (at) => layerOfHead(grid, at % total) < layerOfHead(grid, Math.floor(at / total)),
  );
  const isCausal = new Set(causal);
  const last = atSteps.at(-1)!;
  const append = (key: object, of: string | null, valueAt: (step: number) => number) =>
    table.appendCurve(
      { setting, ...noKeys, ...key, of } as never,
      steps,
      steps.map((_, at) => valueAt(at)),
    );
  const measures = [
    { measure: 'z_score', rel_pos: -1 },
    { measure: 'qk_ov_match', rel_pos: -1, rank: 5, statistic: 'mean' },
    { measure: 'qk_ov_match', rel_pos: -1, rank: 10, statistic: 'mean' },
    { measure: 'qk_ov_match', rel_pos: -1, rank: 10, statistic: 'largest' },
    { measure: 'mismatch_ratio', rel_pos: -1 },
    { measure: 'v_composition' },
  ];
  for (const key of measures) {
    const sign = strongestEnd(key.measure) === 'highest' ? 1 : -1;
    const valueAt = (pair: number) => (step: number) => sign * atSteps[step]![pair]!;
    const shown = [...causal].sort((a, b) => last[b]! - last[a]!).slice(0, rows ?? causal.length);
    const name = (pair: number) => pairName(grid, { writer: pair % total, reader: Math.floor(pair / total) });
    for (const pair of shown) append(key, name(pair), valueAt(pair));
    const statistic = (suffix: string) => ({
      ...key,
      statistic: key.statistic === undefined ? suffix : `${key.statistic}_${suffix}`,
    });
    for (const pair of shown) append(statistic('p'), name(pair), () => 0.5);
    for (const pair of shown) append(statistic('q'), name(pair), () => Math.max(1e-4, 0.8 - last[pair]!));
    const chance = steps.map((_, step) => bandOf(atSteps[step]!.filter((_, at) => !isCausal.has(at)))!);
    const ends = sign === 1 ? (['low', 'median', 'high'] as const) : (['high', 'median', 'low'] as const);
    ['q05', 'q50', 'q95'].forEach((quantile, at) => {
      const measure = `${key.measure}_null`;
      append({ ...statistic(quantile), measure }, null, (step) => sign * chance[step]![ends[at]!]);
    });
    if (rows === undefined) continue;
    for (let from = 0; from < grid.layers; from++) {
      for (let to = from + 1; to < grid.layers; to++)
        append(statistic('median'), `${from}>${to}`, () => sign * 0.4);
    }
  }
  const random = someRandom(5);
  for (const measure of ['copying_score', 'previous_token', 'induction']) {
    for (let head = 0; head < total; head++) append({ measure }, headName(grid, head), () => random());
  }
  return blocksOf(table.build());
}
