import type { HeadGrid } from '../../src/model/heads.js';
import type { ModelColumns } from '../../src/series/model-columns.js';
import { choosePairs, modelRows } from '../../src/series/model-rows.js';
import { type Table, TableBuilder } from '../../src/series/table.js';

/**
 * The table of a model of which only the strongest pairs have rows, as `measure` writes it.
 * @param matchOf the match of a writer and a reader, anti-causal pairs included
 * @param count how many pairs have rows
 */
export function summarisedHeads(
  grid: HeadGrid,
  matchOf: (writer: number, reader: number) => number,
  count: number,
): Table {
  const total = grid.layers * grid.heads;
  const values = Float64Array.from({ length: total * total }, (_, at) =>
    matchOf(at % total, Math.floor(at / total)),
  );
  const key = { measure: 'qk_ov_match', rank: 10, rel_pos: 0, statistic: 'mean' };
  const columns: ModelColumns = { pairs: [{ key, values }], heads: [] };
  const choice = choosePairs(columns.pairs, grid, { kind: 'strongest', count }, 1, 'model');
  const table = new TableBuilder();
  for (const { key, of, values } of modelRows(columns, choice, grid)) {
    table.appendCurves({ setting: 'model', ...key }, of, [Number.NaN], [values]);
  }
  return table.build();
}
