import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoint/open.js';
import { kernels } from '../../src/linalg/kernels.js';
import { reference } from '../../src/linalg/reference.js';
import { parseConfig } from '../../src/run/config.js';
import { measureCheckpoint } from '../../src/series/measure-checkpoint.js';

/** What tools/numpy_measures.py wrote: dense float64 numpy, from the definitions. */
interface Golden {
  ranks: number[];
  rel_pos: number[];
  checkpoints: Record<string, GoldenCheckpoint>;
}

interface Match {
  largest: number | null;
  mean: number | null;
}

interface GoldenCheckpoint {
  position: Record<string, Record<'token_mean' | 'token_std' | 'mean_direction', number[]>>;
  screenot_rank: Record<string, number | null>;
  screenot_threshold: Record<string, number | null>;
  writers: Record<string, { wte_match: Record<string, Match> }>;
  pairs: Record<
    string,
    Record<string, { z_score: number; mismatch_ratio: number; match: Record<string, Match> }>
  >;
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const runs: Record<string, string> = {
  small_run: at('../../examples/small_run'),
  ...Object.fromEntries(
    [
      'wide_vocabulary',
      'narrow_vocabulary',
      'four_layers_four_heads',
      'one_layer',
      'learned_positions',
      'relative_positions',
      'estimated_ranks',
    ].map((name) => [name, at(`../golden/runs/${name}`)]),
  ),
};

/** Rounding of float64 in another order; d and V are below 100, so nothing adds up to more. */
const tolerance = 1e-11;
/** The oracle's root finder and ours both stop within float64 rounding, but the function is flat there. */
const thresholdTolerance = 1e-9;

describe.each([
  ['reference', reference],
  ['kernels', kernels],
])('%s', (_, algebra) => {
  describe.each(Object.keys(runs))('%s', (name) => {
    const golden: Golden = JSON.parse(readFileSync(at(`../golden/runs/${name}.json`), 'utf8'));
    const { config } = parseConfig(readFileSync(`${runs[name]}/config.json`, 'utf8'), name);

    it.each(Object.keys(golden.checkpoints))('measures what numpy does at step %s', (step) => {
      const path = `${runs[name]}/ckpt_${step}.pt`;
      const plan = { config, ranks: golden.ranks, relPos: golden.rel_pos };
      const { keys, values } = measureCheckpoint(openCheckpoint(path).state, plan, algebra, path);
      const found = new Map(keys.map((key, index) => [JSON.stringify(Object.values(key)), values[index]!]));
      expect(found.size).toBe(keys.length);

      let checked = 0;
      const check = (
        key: [string, string, number | null, number | null, string | null],
        expected: number | null,
        allowed = tolerance,
      ): void => {
        checked++;
        const value = found.get(JSON.stringify(key));
        if (value === undefined) throw new Error(`no row ${key.join(' ')}`);
        if (expected === null) expect(value, key.join(' ')).toBeNaN();
        else expect(Math.abs(value - expected), key.join(' ')).toBeLessThan(allowed);
      };
      const checkpoint = golden.checkpoints[step]!;
      for (const [pair, positions] of Object.entries(checkpoint.pairs)) {
        for (const [t, circuit] of Object.entries(positions)) {
          check(['z_score', pair, Number(t), null, null], circuit.z_score, 1e-10);
          check(['mismatch_ratio', pair, Number(t), null, null], circuit.mismatch_ratio, 1e-15);
          for (const [rank, match] of Object.entries(circuit.match)) {
            check(['qk_ov_match', pair, Number(t), Number(rank), 'largest'], match.largest);
            check(['qk_ov_match', pair, Number(t), Number(rank), 'mean'], match.mean);
          }
        }
      }
      for (const [writer, { wte_match }] of Object.entries(checkpoint.writers)) {
        for (const [rank, match] of Object.entries(wte_match)) {
          check(['wte_ov_match', writer, null, Number(rank), 'largest'], match.largest);
          check(['wte_ov_match', writer, null, Number(rank), 'mean'], match.mean);
        }
      }
      for (const [rank, statistics] of Object.entries(checkpoint.position)) {
        for (const [statistic, columns] of Object.entries(statistics)) {
          const names = ['query_subspace', 'key_subspace', 'query', 'key', 'query_input', 'key_input'];
          for (const [column, of] of names.entries()) {
            check(
              ['position_coefficient', of, null, column < 2 ? Number(rank) : null, statistic],
              columns[column]!,
            );
          }
        }
      }
      for (const of of ['W_q', 'W_k', 'wte', 'wte_centered']) {
        check(['estimated_rank', of, null, null, null], checkpoint.screenot_rank[of]!, 1e-15);
        check(
          ['screenot_threshold', of, null, null, null],
          checkpoint.screenot_threshold[of]!,
          thresholdTolerance,
        );
      }
      // Rows of `query` and the like are the same at every rank, so some are checked more than once; none is left out.
      expect(checked).toBeGreaterThanOrEqual(keys.length);
    });
  });
});
