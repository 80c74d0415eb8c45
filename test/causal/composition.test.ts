import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compositionOf, strongestPair } from '../../src/causal/composition.js';
import { openRunWeights } from '../../src/causal/run-worker.js';
import { kernels } from '../../src/linalg/kernels.js';
import { openRun } from '../../src/run/folder.js';

const root = join(import.meta.dirname, '../..');

it.each([500, 1000, 2000])('z-score and match at step %i are those that numpy finds', (step) => {
  // Made by tools/make_golden_run.py.
  const golden = JSON.parse(readFileSync(join(root, 'test/golden/runs/small_run.json'), 'utf8'));
  const { z_score, ...pair } = golden.checkpoints[step].pairs['0.0>1.0'][0];
  const folder = join(root, 'examples/small_run');
  const weights = openRunWeights(join(folder, `ckpt_${step}.pt`), openRun(folder).configFile!.config);
  expect(strongestPair(weights, kernels)).toEqual({ writer: 0, reader: 1 });
  for (const rank of [5, 10]) {
    const { zScore, match } = compositionOf(weights, { writer: 0, reader: 1 }, rank, kernels);
    expect(zScore).toBeCloseTo(z_score, 9);
    expect(match).toBeCloseTo(pair.match[rank].mean, 9);
  }
});
