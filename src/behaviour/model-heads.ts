import { InputError, UsageError } from '../errors.js';
import { type Copying, countCopying } from '../evaluate/copying.js';
import type { HeadScores } from '../evaluate/head-scores.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { ModelStep, OpenedModel } from '../run/open-model.js';
import { checkMemory } from './check-memory.js';
import { openModelRunner } from './model-runner.js';

/** What heads do at one step. */
export interface HeadsAtStep {
  readonly step: ModelStep;
  readonly scores: HeadScores;
  /** Undefined where there are no sequences to judge it by. */
  readonly copying: Copying | undefined;
}

/** What to run a model on, and how. */
export interface HeadsOptions {
  /** A segment that stands twice. */
  readonly twice: RepeatedTokens;
  /** A segment that stands three times, to judge copying by. */
  readonly thrice?: RepeatedTokens;
  /** Which steps of a series to take. */
  readonly steps: (step: number) => boolean;
  readonly jobs: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops early: what is done is kept. */
  readonly signal?: AbortSignal;
}

export interface HeadsOfModel {
  /** In order of step. */
  readonly steps: readonly HeadsAtStep[];
  /** Why steps were left out, one line each. */
  readonly skipped: readonly string[];
}

/**
 * Runs every step of a model on repeated tokens. A single step's sequences are shared by the worker threads, several steps
 * are shared step by step; the numbers have the same bits either way.
 * @throws UsageError when no step was asked for; InputError when tokens do not fit the model
 */
export async function headsOfModel(model: OpenedModel, options: HeadsOptions): Promise<HeadsOfModel> {
  const { twice, thrice, jobs, signal, onProgress } = options;
  const steps = model.steps.filter(({ step }) => step === null || options.steps(step));
  if (steps.length === 0) {
    throw new UsageError(
      `${model.path}: none of its ${model.steps.length} checkpoints (steps ${model.steps[0]!.step} to ${model.steps.at(-1)!.step}) was asked for; widen --steps`,
    );
  }
  const shares = steps.length >= jobs ? 1 : jobs;
  const sequences = twice.tokens.length / twice.length;
  checkMemory(
    model.architecture,
    { sequences, length: twice.length, threads: jobs, shared: shares > 1, attention: 'layer' },
    model.path,
  );
  const runner = openModelRunner(jobs, signal);
  const skipped: string[] = [];
  let done = 0;
  try {
    const found = await Promise.all(
      steps.map(async (step): Promise<HeadsAtStep | undefined> => {
        try {
          const scores = await runner.scores(step, twice, shares);
          const output =
            thrice &&
            (await runner.predictions(
              { location: step, tokens: thrice.tokens, length: thrice.length },
              shares,
            ));
          onProgress?.(++done, steps.length);
          return { step, scores, copying: output && thrice && countCopying(output, thrice) };
        } catch (error) {
          if (signal?.aborted === true) return undefined;
          if (!(error instanceof InputError) || steps.length === 1) throw error;
          skipped.push(error.message);
          return undefined;
        }
      }),
    );
    return { steps: found.filter((one) => one !== undefined), skipped: [...new Set(skipped)].sort() };
  } finally {
    await runner.close();
  }
}
