import { join } from 'node:path';
import { InputError } from '../errors.js';
import { initialParameters } from '../model/initialize.js';
import { type ParameterLayout, parameterLayout } from '../model/parameters.js';
import { createStream } from '../random/stream.js';
import type { RunConfig } from '../run/config.js';
import { savedSteps } from '../run/folder.js';
import { checkTraining } from './check-training.js';
import { ErrorLog } from './error-log.js';
import { evaluationSteps } from './evaluation-steps.js';
import { openManifest } from './manifest.js';
import { type IfThere, prepareOutput } from './output-folder.js';
import { type CheckpointFormat, createRunWriter, type RunWriter } from './run-writer.js';
import { createTask } from './task.js';
import { createTeam, type Evaluations, type Team } from './team.js';
import { openTrainingState, type TrainingState } from './training-state.js';

/** How to train. None of it but `fast` changes a byte of the checkpoints. */
export interface TrainOptions {
  /** The run folder; made if need be. */
  readonly out: string;
  readonly config: RunConfig;
  /** Keys of a config file that steer nothing here; kept in `config.json`. */
  readonly others?: Readonly<Record<string, unknown>>;
  readonly ifThere: IfThere;
  /** Evaluate every so many steps, instead of often at first and then ever more seldom. */
  readonly evalEvery: number | null;
  readonly jobs: number;
  /** Fused multiply-add: faster, but the bits depend on the machine. */
  readonly fast: boolean;
  readonly formats: readonly CheckpointFormat[];
  /** Of bridgescope, for the manifest. */
  readonly version: string;
  /** Called before the first step. @param step updates done in earlier calls @param notes what the user should know */
  readonly onBegin?: (step: number, notes: readonly string[]) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Stops after the present step, with everything saved. */
  readonly signal?: AbortSignal;
}

/** How far a run has come. */
export interface Progress {
  readonly step: number;
  /** Mean loss of the last update. */
  readonly loss: number;
  /** The last evaluation; null before the first. */
  readonly evaluations: Evaluations | null;
}

/** How a run ended. */
export interface TrainResult {
  /** Updates done. */
  readonly step: number;
  readonly finished: boolean;
  /** The last evaluation; null where this call made none. */
  readonly evaluations: Evaluations | null;
}

/** Between checkpoints the state is saved so often at least, in milliseconds: no more is lost when the process is killed. */
const stateInterval = 60_000;

/**
 * Trains a model and writes its run folder. A resumed run ends with the same bytes as one that was never interrupted.
 * @throws InputError when the config cannot be trained, the folder holds another run, the disk is full, or the loss
 *   stops being finite
 */
export async function trainRun(options: TrainOptions): Promise<TrainResult> {
  const { out, config, jobs, fast, ifThere, signal } = options;
  checkTraining(config);
  const layout = parameterLayout(config);
  const task = createTask(config);
  const sets = { test: task.testSet(), ood: task.oodSet() };
  const team = await createTeam({ config, sets, jobs, fast });
  const stop = () => team.stop();
  try {
    prepareOutput(out, config, ifThere);
    const notes: string[] = [];
    const resumed = ifThere === 'resume' ? resume(out, layout, options, notes) : null;
    const writer = createRunWriter({ folder: out, layout, others: {}, ...options });
    writer.begin(sets);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const begin = resumed ?? {
      state: initialState(config, layout),
      log: new ErrorLog(),
    };
    await team.load(begin.state);
    options.onBegin?.(begin.state.step, notes);
    return await runSteps(team, writer, begin.state, begin.log, options);
  } finally {
    signal?.removeEventListener('abort', stop);
    await team.close();
  }
}

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

function resume(
  folder: string,
  layout: ParameterLayout,
  { fast, version }: TrainOptions,
  notes: string[],
): { state: TrainingState; log: ErrorLog } | null {
  const state = openTrainingState(folder, layout.length);
  const manifest = openManifest(folder);
  if (state === null || manifest === null) {
    notes.push(`${folder} holds no training state yet: the run starts from the beginning`);
    return null;
  }
  if (manifest.fast !== fast) {
    throw new InputError(
      `${folder}: the run was begun ${manifest.fast ? 'with' : 'without'} --fast, and its bits depend on that; resume it the same way`,
    );
  }
  if (manifest.version !== version) {
    notes.push(`the run was begun by version ${manifest.version}; this is ${version}, whose bits may differ`);
  }
  return { state, log: ErrorLog.read(join(folder, 'err_arr.json'), state.step) };
}

async function runSteps(
  team: Team,
  writer: RunWriter,
  begin: TrainingState,
  log: ErrorLog,
  { out, config, evalEvery, onProgress }: TrainOptions,
): Promise<TrainResult> {
  const last = config.num_epoch;
  const saved = new Set(savedSteps(config));
  const due = [...evaluationSteps(config, evalEvery)].sort((a, b) => a - b);
  let { step, lossStep } = begin;
  let evaluations: Evaluations | null = null;
  let lastCheckpoint = Math.max(...[...saved].filter((at) => at <= step));
  let lastSaved = performance.now();
  let finished = false;

  const save = () => {
    writer.save({ ...team.state, step, lossStep }, log, finished);
    lastSaved = performance.now();
  };
  const diverge = (what: string): never => {
    writer.saveLog(log);
    throw new InputError(
      `training diverged: ${what}; the last good checkpoint is that of step ${lastCheckpoint} in ${out}; try a smaller lr`,
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
    if (saved.has(step)) {
      if (!writer.has(step)) writer.checkpoint(team.state.parameters, step);
      lastCheckpoint = step;
    }
    if (finished) writer.checkpoint(team.state.parameters);
    if (saved.has(step) || finished || performance.now() - lastSaved > stateInterval) save();
    if (finished) break;

    const target = due[next++]!;
    const { reached, diverged } = await team.train(step, target, (first, losses) => {
      losses.forEach((loss, at) => {
        lossStep = loss;
        // The last step of the stretch waits for its evaluation.
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
