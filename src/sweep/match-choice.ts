import { curvesOf } from '../series/curves.js';
import { type Table, TableBuilder } from '../series/table.js';
import type { PlannedMeasures } from './plan.js';

const matches = new Set(['qk_ov_match', 'wte_ov_match', 'baseline_match']);

/** The table without the match scores that were not asked for. */
export function onlyMatches(table: Table, wanted: PlannedMeasures['match']): Table {
  if (wanted.length > 1) return table;
  const kept = new TableBuilder();
  for (const { key, steps, values } of curvesOf(table).all) {
    const isWanted = wanted.some((method) => key.statistic?.split('_')[0] === method);
    if (matches.has(key.measure) && !isWanted) continue;
    kept.appendCurve(key, steps, values);
  }
  return kept.build();
}
