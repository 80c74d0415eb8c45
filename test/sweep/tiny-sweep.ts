import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStream } from '../../src/random/stream.js';
import { program } from '../cli/run.js';

/** Options of a run of a second or less. */
export const tinyRun =
  'vocab_size: 9, d_model: 8, max_seq_len: 20, rep_l: 6, rep_h: 9, ood_len_pattern: 9, sample_size_test: 40, batch_size: 6';

/** A plan of four such runs. */
export const tinyPlan = `
base: {${tinyRun}, num_epoch: 600, n_save: 6}
axes: {pool_size: [4, null], seed: 1..2}
keep: [200, 600]
measure: {ranks: [2, 4]}
`;

export const tinySettings = ['4', 'infinite'].flatMap((size) =>
  [1, 2].map((seed) => `pool_size_${size}-seed_${seed}`),
);

/** Tests start processes that train: on a busy machine they take their time. */
export const patient = 240_000;

/** Every file of a sweep that must have the same bytes however often it was interrupted: all but times and locks. */
export function results(folder: string): Record<string, string> {
  const runs = readdirSync(join(folder, 'runs')).sort();
  const files = runs.flatMap((run) =>
    readdirSync(join(folder, 'runs', run))
      .filter((name) => name !== 'run.json')
      .sort()
      .map((name) => `runs/${run}/${name}`),
  );
  const paths = ['measures.parquet', ...files];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path)).toString('base64')]));
}

/** A running command, what it has said so far, and how it ends. */
export interface Running {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<{ readonly status: number | null; readonly output: string }>;
}

/** Starts `bridgescope` without waiting for it. @param main the program, where it is another than the built one */
export function start(args: readonly string[], main = program): Running {
  const child = spawn(process.execPath, [main, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += String(text);
    });
  }
  const ended = new Promise<{ status: number | null; output: string }>((resolve) => {
    child.on('close', (status) => resolve({ status, output }));
  });
  return { child, output: () => output, ended };
}

/** Waits until something holds, or a process has ended. */
export async function until(holds: () => boolean, process?: Running): Promise<void> {
  const started = performance.now();
  while (!holds() && (process === undefined || process.child.exitCode === null)) {
    if (performance.now() - started > patient / 2) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits some milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Moments at which a test interrupts something, in milliseconds from when it began: any at all, but the same whenever the test
 * runs.
 */
export function momentsBelow(most: number, seed: number): () => number {
  const stream = createStream(seed, 'control');
  return () => most * stream.uniform();
}
