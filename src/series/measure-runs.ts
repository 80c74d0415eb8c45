import { InputError } from '../errors.js';
import type { MeasurePlan } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import { usualRanks } from '../measures/usual-choice.js';
import { headWidth } from '../model/config.js';
import type { ConfigFile } from '../run/config.js';
import { configOfRun } from '../run/config-of-run.js';
import { errorsUntil } from '../run/error-curves.js';
import type { CheckpointFile, RunFolder } from '../run/folder.js';
import type { ArchitectureOptions } from '../run/infer-config.js';
import { appendRun } from './assemble.js';
import { checkPlan } from './measure-checkpoint.js';
import { openSeriesWorkers } from './series-workers.js';
import { type Table, TableBuilder } from './table.js';
import type {
  CheckpointsResult,
  CheckpointsTask,
  ErrorsResult,
  MeasuredFile,
  PerformSeriesTask,
} from './task.js';

/** What to measure, and how. */
export interface SeriesOptions {
  /** The usual ones that fit each run unless given. */
  readonly ranks?: readonly number[];
  readonly relPos: readonly number[];
  /** Which steps to take. */
  readonly steps: (step: number) => boolean;
  /** Errors after this step are left out. */
  readonly errorsUntil?: number;
  /** Worker threads; with 1, everything runs in this thread. The results do not depend on it. */
  readonly jobs: number;
  /** For folders without `config.json`. */
  readonly architecture: ArchitectureOptions;
  /** Called when checkpoints are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops early: what is not begun is left out, what is done is kept. */
  readonly signal?: AbortSignal;
  /** Where rows go, after those that are there. */
  readonly into?: TableBuilder;
}

/** What a run was made with: goes with the table. */
export interface RunRecord {
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of each checkpoint file by step. */
  readonly checkpoints: Readonly<Record<string, string>>;
  /** What was measured of a model that is no run of `train`. */
  readonly model?: ModelRecord;
}

/** Sizes of a model, how it was measured, and which of its pairs of heads have rows. */
export interface ModelRecord {
  readonly family: string;
  readonly layers: number;
  readonly heads: number;
  readonly key_heads: number;
  readonly head_width: number;
  readonly width: number;
  readonly vocab_size: number;
  readonly fold_norm: boolean;
  /** `strongest`: of each column of numbers, beside summaries of all pairs of layers. */
  readonly pairs: 'all' | 'strongest' | 'named';
  readonly causal_pairs: number;
  /** What the null is made of. */
  readonly anti_causal_pairs: number;
  /** Of the sample that the mismatch ratio is taken over; undefined where it is the whole vocabulary. */
  readonly mismatch_tokens?: number;
  readonly mismatch_seed?: number;
}

export interface SeriesResult {
  readonly table: Table;
  readonly runs: Readonly<Record<string, RunRecord>>;
  /** Inputs that could not be used, one line each. */
  readonly skipped: readonly string[];
  /** What folders lack, one line each. */
  readonly notes: readonly string[];
  /** Checkpoints that were measured. */
  readonly measured: number;
}

/** Largest share of a run that one task takes: small enough for an even end and a lively progress bar. */
const filesPerTask = 8;

/**
 * Measures runs over worker threads. Rows come in the order of the runs, and their values have the same bits at any
 * number of jobs, since a checkpoint is measured by one worker alone. Memory holds the numbers and a few checkpoints.
 * @throws UsageError when ranks or relative positions do not fit a run
 * @throws InputError when a run has no config and the options do not make up for it
 */
export async function measureRuns(runs: readonly RunFolder[], options: SeriesOptions): Promise<SeriesResult> {
  const planned = runs.map((run) => planRun(run, options));
  const total = planned.reduce((sum, { files }) => sum + files.length, 0);
  const jobs = Math.min(options.jobs, Math.max(1, Math.ceil(total / 2)));
  const workers = openSeriesWorkers(jobs);
  const { perform } = workers;
  try {
    const baselines = new Map<string, Promise<ReadonlyMap<number, Baseline>>>();
    for (const { plan } of planned) {
      const { d_model: d } = plan.config;
      const key = baselineKey(plan);
      if (!baselines.has(key)) baselines.set(key, perform({ kind: 'baselines', d, ranks: plan.ranks }));
    }
    let done = 0;
    const results = planned.map((run) => ({
      run,
      // Errors first: the longest task of a run must not be the last to start.
      errors: run.errorFile === undefined ? undefined : perform({ kind: 'errors', file: run.errorFile }),
      // In this thread a task is one checkpoint, so that Ctrl-C need not wait for more.
      shares: sharesOf(run.files, jobs === 1 ? 1 : total / jobs).map(async (files) => {
        const share = await performUnlessStopped(
          perform,
          { kind: 'checkpoints', plan: run.plan, files },
          options.signal,
        );
        done += files.length;
        options.onProgress?.(done, total);
        return share;
      }),
    }));
    const table = options.into ?? new TableBuilder();
    const collected: Collected = { notes: [], skipped: [], runs: {}, measured: 0 };
    for (const { run, errors, shares } of results) {
      const { keys, files } = joinShares(await Promise.all(shares));
      const errorsResult = await errors;
      collect(run, files, errorsResult, collected);
      if (keys.length === 0 && errorsResult?.curves === undefined) continue;
      appendRun(table, {
        setting: run.setting,
        steps: run.files.flatMap(({ step }, at) => (files[at] === undefined ? [] : [step])),
        keys,
        values: files.flatMap((file) => (file === undefined ? [] : [file.values])),
        baselines: await baselines.get(baselineKey(run.plan))!,
        errors: errorsResult?.curves && errorsUntil(errorsResult.curves, options.errorsUntil),
      });
    }
    return { table: table.build(), ...collected };
  } finally {
    await workers.close();
  }
}

/** Baselines depend on (d, ranks) alone, so runs that agree on them share theirs. */
function baselineKey({ config, ranks }: MeasurePlan): string {
  return [config.d_model, ...ranks].join();
}

interface PlannedRun {
  readonly setting: string;
  readonly path: string;
  readonly notes: readonly string[];
  readonly errorFile?: string;
  readonly configFile: ConfigFile;
  readonly plan: MeasurePlan;
  readonly files: readonly CheckpointFile[];
}

function planRun(run: RunFolder, { ranks, relPos, steps, architecture }: SeriesOptions): PlannedRun {
  const files = run.checkpoints.filter(({ step }) => steps(step));
  if (files.length === 0) {
    const last = run.checkpoints.at(-1)!.step;
    throw new InputError(
      `${run.path}: none of its ${run.checkpoints.length} checkpoints (steps ${run.checkpoints[0]!.step} to ${last}) was asked for; widen --steps`,
    );
  }
  const configFile = configOfRun(run, architecture);
  const notes = [...run.notes];
  if (run.configFile === undefined) {
    notes.push('no config.json: sizes were read from the weights, the rest from options and defaults');
  }
  const { config } = configFile;
  const plan = { config, ranks: ranks ?? usualRanks(headWidth(config)), relPos };
  checkPlan(plan, run.setting);
  if (configFile.config.num_layers === 1) {
    notes.push('a model of one layer has no later layer that reads: no z-score, mismatch and QK–OV match');
  }
  return { ...run, notes, configFile, plan, files };
}

function sharesOf(files: readonly CheckpointFile[], perJob: number): CheckpointFile[][] {
  const size = Math.max(1, Math.min(filesPerTask, Math.ceil(perJob / 4)));
  const shares: CheckpointFile[][] = [];
  for (let from = 0; from < files.length; from += size) shares.push(files.slice(from, from + size));
  return shares;
}

interface Share {
  readonly keys: CheckpointsResult['keys'];
  /** Undefined for files that were not begun. */
  readonly files: readonly (MeasuredFile | undefined)[];
}

async function performUnlessStopped(
  perform: PerformSeriesTask,
  task: CheckpointsTask,
  signal: AbortSignal | undefined,
): Promise<Share> {
  try {
    signal?.throwIfAborted();
    return await perform(task, signal);
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return { keys: [], files: task.files.map(() => undefined) };
  }
}

function joinShares(shares: readonly Share[]): Share {
  return {
    keys: shares.find(({ keys }) => keys.length > 0)?.keys ?? [],
    files: shares.flatMap(({ files }) => files),
  };
}

interface Collected {
  readonly notes: string[];
  readonly skipped: string[];
  readonly runs: Record<string, RunRecord>;
  measured: number;
}

function collect(
  run: PlannedRun,
  files: readonly (MeasuredFile | undefined)[],
  errors: ErrorsResult | undefined,
  into: Collected,
): void {
  const checkpoints: Record<string, string> = {};
  for (const note of run.notes) into.notes.push(`${run.setting}: ${note}`);
  files.forEach((file, at) => {
    if (file?.values !== undefined) into.measured++;
    if (file?.failure !== undefined) into.skipped.push(file.failure);
    if (file?.note !== undefined) into.notes.push(file.note);
    if (file?.sha256 !== undefined) checkpoints[String(run.files[at]!.step)] = file.sha256;
  });
  if (errors?.failure !== undefined) into.skipped.push(errors.failure);
  const { config, others } = run.configFile;
  if (errors?.curves?.isCut) {
    into.notes.push(
      `${run.setting}: err_arr.json breaks off in the middle of the entry after step ${errors.curves.lastStep}; the entries before it are kept`,
    );
  } else if (errors?.curves !== undefined && errors.curves.lastStep < config.num_epoch) {
    into.notes.push(
      `${run.setting}: err_arr.json ends at step ${errors.curves.lastStep} of ${config.num_epoch}`,
    );
  }
  into.runs[run.setting] = { config: { ...config, ...others }, checkpoints };
}
