import type { RunSource } from '../source/run-source.js';

/** Ranks that some run was measured at, in order. */
export function measuredRanks(sources: readonly RunSource[]): number[] {
  return distinct(sources, ['qk_ov_match', 'wte_ov_match', 'baseline_match'], 'rank');
}

/** Relative positions that some run was measured at, in order. */
export function measuredRelPos(sources: readonly RunSource[]): number[] {
  return distinct(sources, ['z_score', 'qk_ov_match', 'mismatch_ratio'], 'rel_pos');
}

/** Pairs of heads, writer > reader, in the order of the table. */
export function measuredPairs(sources: readonly RunSource[]): string[] {
  const pairs = sources.flatMap(({ curves }) =>
    curves.value.all.flatMap(({ key }) => (key.measure === 'z_score' && key.of !== null ? [key.of] : [])),
  );
  return [...new Set(pairs)];
}

function distinct(
  sources: readonly RunSource[],
  measures: readonly string[],
  name: 'rank' | 'rel_pos',
): number[] {
  const found = new Set<number>();
  for (const { curves } of sources) {
    for (const { key } of curves.value.all) {
      const value = key[name];
      if (value !== null && measures.includes(key.measure)) found.add(value);
    }
  }
  return [...found].sort((a, b) => a - b);
}
