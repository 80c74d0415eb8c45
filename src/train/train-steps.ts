import { InputError } from '../errors.js';
import { initialParameters } from '../model/initialize.js';
import type { ParameterLayout } from '../model/parameters.js';
import { createStream } from '../random/stream.js';
import type { RunConfig } from '../run/config.js';
import { isSavedStep, lastSavedStep } from '../run/saved-steps.js';
import type { ErrorLog } from './error-log.js';
import { evaluationSteps } from './evaluation-steps.js';
import type { TrainingState } from './run-files.js';
import type { RunWriter } from './run-writer.js';
import type { Evaluations, Team } from './team.js';

/** How far a run has come. */
export interface TrainingProgress {
  readonly step: number;
  /** Mean loss of the last update. */
  readonly loss: number;
  /** The last evaluation; null before the first. */
  readonly evaluations: Evaluations | null;
}

/** How a run, or a part of it, ended. */
export interface TrainResult {
  /** Updates done. */
  readonly step: number;
  readonly finished: boolean;
  /** The last evaluation; null where this call made none. */
  readonly evaluations: Evaluations | null;
}

export interface StepsOptions {
  readonly config: RunConfig;
  /** Evaluate every so many steps, instead of often at first and then ever more seldom. */
  readonly evalEvery: number | null;
  /** Where the run is kept, for errors: "in runs/mine". */
  readonly place: string;
  /** Does not go beyond this step; the rest is for another call. */
  readonly until?: number;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

/** Between checkpoints the state is saved so often at least, in milliseconds: no more is lost when the process is killed. */
const stateInterval = 60_000;

/** An untrained model, drawn from the seed. */
export function initialState(config: RunConfig, layout: ParameterLayout): TrainingState {
  const zeros = new Float32Array(layout.length);
  return {
    step: 0,
    lossStep: 0,
    parameters: initialParameters(layout, createStream(config.seed, 'initial')),
    m: zeros,
    v: zeros,
  };
}

/**
 * Trains from a state that the team has loaded to the end of the run, or until the team is stopped: updates, evaluations,
 * checkpoints. However often it is stopped and called again, the files come out the same.
 * @param log entries of the steps done; it grows
 * @throws InputError when the loss stops being finite, or the writer cannot write
 */
export async function trainSteps(
  team: Team,
  writer: RunWriter,
  begin: Pick<TrainingState, 'step' | 'lossStep'>,
  log: ErrorLog,
  { config, evalEvery, place, until = Number.POSITIVE_INFINITY, onProgress }: StepsOptions,
): Promise<TrainResult> {
  const last = config.num_epoch;
  const due = [...evaluationSteps(config, evalEvery)].sort((a, b) => a - b);
  let { step, lossStep } = begin;
  let evaluations: Evaluations | null = null;
  let lastCheckpoint = lastSavedStep(config, step);
  let lastSaved = performance.now();
  let finished = false;

  const save = () => {
    writer.save({ ...team.state, step, lossStep }, log, finished);
    lastSaved = performance.now();
  };
  const diverge = (what: string): never => {
    writer.saveLog(log);
    throw new InputError(
      `training diverged: ${what}; the last good checkpoint is that of step ${lastCheckpoint} ${place}; try a smaller lr`,
    );
  };

  for (let next = due.findIndex((at) => at > step); ; ) {
    if (log.length < step) {
      const found = await team.evaluate(step);
      if (found === null) break;
      const { train, test, ood } = found;
      if (![train, test, ood].every(({ loss }) => Number.isFinite(loss))) {
        diverge(`after step ${step} a loss is not finite (${train.loss}, ${test.loss}, ${ood.loss})`);
      }
      evaluations = found;
      log.evaluated(lossStep, found);
      onProgress?.({ step, loss: lossStep, evaluations });
    }
    finished = step === last;
    if (isSavedStep(config, step)) {
      if (!writer.has(step)) writer.checkpoint(team.state.parameters, step);
      lastCheckpoint = step;
    }
    if (finished) writer.checkpoint(team.state.parameters);
    if (isSavedStep(config, step) || finished || performance.now() - lastSaved > stateInterval) save();
    if (finished || step >= until) break;

    const target = due[next++]!;
    const end = Math.min(target, until);
    const { reached, diverged } = await team.train(step, end, (first, losses) => {
      losses.forEach((loss, at) => {
        lossStep = loss;
        // The last step before an evaluation waits for it.
        if (first + at + 1 < target) log.repeat(loss);
      });
      onProgress?.({ step: first + losses.length, loss: lossStep, evaluations });
    });
    step = reached;
    if (diverged) diverge(`the loss of step ${reached + 1} is not a finite number`);
    if (reached < target) break;
  }
  if (!finished) save();
  return { step, finished, evaluations };
}
