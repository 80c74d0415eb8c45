import type { PlannedRun } from './expand.js';
import { lengthOf } from './run-cost.js';
import type { RunReport } from './run-worker.js';
import type { RunState } from './sweep-folder.js';

/** How far a sweep has come. */
export interface SweepProgress {
  /** Updates done of all runs, or checkpoints, and how many there are to do. */
  readonly steps: number;
  readonly totalSteps: number;
  readonly done: number;
  readonly failed: number;
  readonly runs: number;
}

/** How a sweep ended. */
export interface SweepResult {
  readonly done: number;
  /** Runs that failed, and why. */
  readonly failed: ReadonlyMap<string, string>;
  /** Neither done nor failed. */
  readonly left: number;
  /** The table of all finished runs; null where there is none. */
  readonly table: { readonly path: string; readonly runs: number } | null;
}

/** Counts steps and runs while a sweep is at work. */
export class Tally {
  readonly failed = new Map<string, string>();
  private readonly steps = new Map<string, number>();
  private readonly length: ReadonlyMap<string, number>;
  private readonly finished = new Set<string>();

  /** @param states how the runs stood before */
  constructor(runs: readonly PlannedRun[], states: ReadonlyMap<string, RunState>) {
    this.length = new Map(runs.map((run) => [run.setting, lengthOf(run)]));
    for (const { setting } of runs) if (states.get(setting)?.status === 'done') this.finish(setting);
  }

  /** Runs that are done. */
  get done(): number {
    return this.finished.size;
  }

  /** Notes how far a run has come. */
  step(setting: string, step: number): void {
    this.steps.set(setting, step);
  }

  /** Notes that a run is done. */
  finish(setting: string): void {
    this.failed.delete(setting);
    this.finished.add(setting);
    this.steps.set(setting, this.length.get(setting) ?? 0);
  }

  /** Notes how a run ended. */
  end(setting: string, report: RunReport): void {
    if (report.status === 'done') this.finish(setting);
    else if ('error' in report) this.fail(setting, report.error);
  }

  /** Notes that a run failed, and why. */
  fail(setting: string, error: string): void {
    this.failed.set(setting, error);
  }

  progress(): SweepProgress {
    // A failed run does no more steps, so what it had left is not to be waited for.
    let [steps, totalSteps] = [0, 0];
    for (const [setting, length] of this.length) {
      const done = this.steps.get(setting) ?? 0;
      steps += done;
      totalSteps += this.failed.has(setting) ? done : length;
    }
    return {
      steps,
      totalSteps,
      done: this.done,
      failed: this.failed.size,
      runs: this.length.size,
    };
  }

  result(table: SweepResult['table']): SweepResult {
    const left = this.length.size - this.done - this.failed.size;
    return { done: this.done, failed: this.failed, left, table };
  }
}
