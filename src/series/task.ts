import type { MeasureKey, MeasurePlan } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import type { ErrorCurves } from '../run/error-curves.js';
import type { CheckpointFile } from '../run/folder.js';

/** A share of a run's checkpoints, for one worker. */
export interface CheckpointsTask {
  readonly kind: 'checkpoints';
  readonly plan: MeasurePlan;
  readonly files: readonly CheckpointFile[];
}

/** A run's `err_arr.json`, for one worker. */
export interface ErrorsTask {
  readonly kind: 'errors';
  readonly file: string;
}

/** The random baselines of a dimension, for one worker: they take as long as dozens of checkpoints. */
export interface BaselinesTask {
  readonly kind: 'baselines';
  readonly d: number;
  readonly ranks: readonly number[];
}

/** One checkpoint as a worker found it. */
export interface MeasuredFile {
  /** Undefined where it could not be measured; then `failure` says why. */
  readonly values?: Float64Array;
  readonly failure?: string;
  /** A note for the user; the checkpoint was measured all the same. */
  readonly note?: string;
  /** SHA-256 of the file's bytes; undefined where it could not be read. */
  readonly sha256?: string;
}

export interface CheckpointsResult {
  /** Empty when no file of this share could be measured. */
  readonly keys: readonly MeasureKey[];
  readonly files: readonly MeasuredFile[];
}

export interface ErrorsResult {
  readonly curves?: ErrorCurves;
  readonly failure?: string;
}

/** Whatever workers of the series do. */
export type SeriesTask = CheckpointsTask | ErrorsTask | BaselinesTask;

/** What a task gives. */
export type SeriesTaskResult<Task extends SeriesTask> = Task extends CheckpointsTask
  ? CheckpointsResult
  : Task extends ErrorsTask
    ? ErrorsResult
    : ReadonlyMap<number, Baseline>;

/** Has a task done, wherever. Rejects with an AbortError when the signal is aborted before it is done. */
export type PerformSeriesTask = <Task extends SeriesTask>(
  task: Task,
  signal?: AbortSignal,
) => Promise<SeriesTaskResult<Task>>;
