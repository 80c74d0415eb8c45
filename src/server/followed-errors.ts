import { statSync } from 'node:fs';
import type { ErrorCurves } from '../run/error-curves.js';
import type { PerformSeriesTask } from '../series/task.js';
import { isSettling, stampOf } from './file-stamp.js';

/** The error curves of a run's `err_arr.json`, read again whenever the file has changed. */
export class FollowedErrors {
  private readonly perform: PerformSeriesTask;
  private stamp = '';
  /** As far as they have been read; undefined where there are none. */
  curves: ErrorCurves | undefined;
  /** Why the file could not be read. */
  failure: string | undefined;
  /** Grows whenever the curves may have changed. */
  version = 0;
  /** When the file was last written, in milliseconds. */
  lastChange = 0;

  constructor(perform: PerformSeriesTask) {
    this.perform = perform;
  }

  /** @param file undefined where the run has none   @returns whether curves were read */
  async update(file: string | undefined, now: number): Promise<boolean> {
    if (file === undefined) {
      if (this.curves !== undefined) this.version++;
      this.curves = undefined;
      this.stamp = '';
      return false;
    }
    const status = statSync(file, { throwIfNoEntry: false });
    if (status === undefined || stampOf(status) === this.stamp) return false;
    const { curves, failure } = await this.perform({ kind: 'errors', file });
    // Half-written: the earlier curves are kept until the file is complete, or is no longer being written.
    if ((curves === undefined || curves.isCut) && isSettling(status, now)) return false;
    this.failure = failure;
    this.curves = curves ?? this.curves;
    this.stamp = stampOf(status);
    this.lastChange = Math.max(this.lastChange, status.mtimeMs);
    this.version++;
    return true;
  }
}
