import type { Choice } from '../figure/panels.js';
import type { StaticRun } from './static-run.js';

/** The choice that static figures and numbers show: rank 10 and relative position 0, or the nearest there is. */
export function staticChoice({ summary: { name }, curves }: Pick<StaticRun, 'summary' | 'curves'>): Choice {
  const distinct = (key: 'rank' | 'rel_pos', measures: readonly string[]) =>
    curves.all.flatMap((curve) => (measures.includes(curve.key.measure) ? [curve.key[key] ?? 0] : []));
  const nearest = (values: readonly number[], to: number) =>
    values.reduce(
      (best, value) => (Math.abs(value - to) < Math.abs(best - to) ? value : best),
      values[0] ?? to,
    );
  return {
    setting: name,
    rank: nearest(distinct('rank', ['qk_ov_match', 'wte_ov_match']), 10),
    relPos: nearest(distinct('rel_pos', ['z_score']), 0),
    method: 'mean',
  };
}
