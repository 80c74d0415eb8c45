import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { type ParameterLayout, parameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import { checkTraining } from './check-training.js';
import { createTeam } from './create-team.js';
import { ErrorLog } from './error-log.js';
import { folderStore } from './folder-store.js';
import { openManifest } from './open-manifest.js';
import { openTrainingState } from './open-training-state.js';
import { type IfThere, prepareOutput } from './output-folder.js';
import { logName, type SavedFormat, type TrainingState } from './run-files.js';
import { createRunWriter } from './run-writer.js';
import { createTask } from './task.js';
import { initialState, type TrainingProgress, type TrainResult, trainSteps } from './train-steps.js';

export type { TrainingProgress, TrainResult } from './train-steps.js';

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
  readonly formats: readonly SavedFormat[];
  /** Of bridgescope, for the manifest. */
  readonly version: string;
  /** Called before the first step. @param step updates done in earlier calls @param notes what the user should know */
  readonly onBegin?: (step: number, notes: readonly string[]) => void;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops after the present step, with everything saved. */
  readonly signal?: AbortSignal;
}

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
    const hashes = openManifest(out)?.checkpoints ?? {};
    const writer = createRunWriter({ store: folderStore(out), layout, others: {}, hashes, ...options });
    writer.begin(sets);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const begin = resumed ?? {
      state: initialState(config, layout),
      log: new ErrorLog(),
    };
    await team.load(begin.state);
    options.onBegin?.(begin.state.step, notes);
    const place = `in ${out}`;
    return await trainSteps(team, writer, begin.state, begin.log, { ...options, place });
  } finally {
    signal?.removeEventListener('abort', stop);
    await team.close();
  }
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
  return { state, log: openLog(join(folder, logName), state.step) };
}

function openLog(path: string, steps: number): ErrorLog {
  if (!existsSync(path)) throw new InputError(`${path}: is missing; start over with --overwrite`);
  return ErrorLog.parse(readFileSync(path, 'utf8'), path, steps);
}
