import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import type { RunConfig } from '../run/config.js';
import type { RunFolder } from '../run/folder.js';
import { openWorkers } from '../threads/workers.js';
import type { Evaluation } from '../train/evaluate.js';
import type { EvaluatedFile, EvaluateTask, TestSetName } from './evaluate-task.js';
import work from './evaluate-worker.js';

/** How to evaluate a run. */
export interface EvaluateOptions {
  readonly steps: (step: number) => boolean;
  readonly jobs: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Evaluations by step, in order, and what could not be evaluated. */
export interface RunEvaluation {
  readonly steps: ReadonlyMap<number, Readonly<Partial<Record<TestSetName, Evaluation>>>>;
  readonly skipped: readonly string[];
}

const fileNames: Readonly<Record<TestSetName, string>> = { test: 'test.pth', ood: 'test_ood.pth' };

/**
 * Evaluates every checkpoint of a run on the run's own test sets, over worker threads.
 * @param config of the run   @throws InputError when there is no test set, or no checkpoint was asked for
 */
export async function evaluateRun(
  run: RunFolder,
  config: RunConfig,
  { steps, jobs, onProgress, signal }: EvaluateOptions,
): Promise<RunEvaluation> {
  const files = run.checkpoints.filter(({ step }) => steps(step));
  if (files.length === 0)
    throw new InputError(`${run.path}: none of its checkpoints was asked for; widen --steps`);
  const testSets: Partial<Record<TestSetName, string>> = {};
  for (const [name, file] of Object.entries(fileNames) as [TestSetName, string][]) {
    const path = join(run.path, file);
    if (existsSync(path)) testSets[name] = path;
  }
  if (Object.keys(testSets).length === 0) {
    throw new InputError(
      `${run.path}: has neither test.pth nor test_ood.pth; copy the run's test sets there`,
    );
  }
  const workers = openWorkers<EvaluateTask, readonly EvaluatedFile[]>(
    Math.min(jobs, files.length),
    new URL('./evaluate-worker.js', import.meta.url),
    work,
  );
  try {
    let done = 0;
    const results = await Promise.all(
      files.map(async (file) => {
        try {
          const [result] = await workers.perform({ config, testSets, files: [file] }, signal);
          onProgress?.(++done, files.length);
          return result!;
        } catch (error) {
          if (signal?.aborted === true) return undefined;
          throw error;
        }
      }),
    );
    const evaluated = new Map<number, NonNullable<EvaluatedFile['evaluations']>>();
    const skipped: string[] = [];
    results.forEach((result, at) => {
      if (result?.evaluations !== undefined) evaluated.set(files[at]!.step, result.evaluations);
      if (result?.failure !== undefined) skipped.push(result.failure);
    });
    return { steps: evaluated, skipped };
  } finally {
    await workers.close();
  }
}
