import type { HeadScores } from '../evaluate/head-scores.js';
import { type HeadGrid, headName } from '../model/heads.js';
import type { TableBuilder } from '../series/table.js';
import type { HeadsAtStep } from './model-heads.js';

/** Measures of what a head does, in the order of the table. */
const headMeasures: readonly (readonly [measure: string, (scores: HeadScores) => Float64Array])[] = [
  ['previous_token', ({ previousToken }) => previousToken],
  ['induction', ({ induction }) => induction],
  ['duplicate_token', ({ duplicateToken }) => duplicateToken],
  ['published_previous_token', ({ published }) => published.previousToken],
  ['published_induction', ({ published }) => published.induction],
];

const copyingMeasures = ['copying_prob', 'copying_err'] as const;

/** Names of all measures that `appendHeadRows` writes. */
export const behaviourMeasures: ReadonlySet<string> = new Set([
  ...headMeasures.map(([measure]) => measure),
  ...copyingMeasures,
]);

/** Writes what heads do at each step as rows of the table, and how well the model copies where that was judged. */
export function appendHeadRows(
  table: TableBuilder,
  setting: string,
  grid: HeadGrid,
  steps: readonly HeadsAtStep[],
): void {
  const numbers = steps.map(({ step }) => step.step ?? Number.NaN);
  const key = { setting, rel_pos: null, rank: null, statistic: null };
  for (const [measure, valuesOf] of headMeasures) {
    for (let head = 0; head < grid.layers * grid.heads; head++) {
      const curve = steps.map(({ scores }) => valuesOf(scores)[head]!);
      table.appendCurve({ ...key, measure, of: headName(grid, head) }, numbers, curve);
    }
  }
  if (steps.every(({ copying }) => copying === undefined)) return;
  for (const measure of copyingMeasures) {
    const name = measure === 'copying_prob' ? 'prob' : 'err';
    const curve = steps.map(({ copying }) => copying?.[name] ?? Number.NaN);
    table.appendCurve({ ...key, measure, of: null }, numbers, curve);
  }
}
