import { type Stats, statSync } from 'node:fs';
import type { MeasureKey, MeasurePlan } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import type { CheckpointFile } from '../run/folder.js';
import type { MeasuredFile, PerformSeriesTask } from '../series/task.js';
import { isSettling, stampOf } from './file-stamp.js';

/** Checkpoints of one task: a few, so that panels grow while a run is measured. */
const filesPerTask = 8;

interface Measured extends MeasuredFile {
  /** That of the file that was measured. */
  readonly stamp: string;
}

/** The measures of a run's checkpoints, made again wherever a file has changed. */
export class FollowedCheckpoints {
  private readonly perform: PerformSeriesTask;
  private readonly byStep = new Map<number, Measured>();
  /** What is measured; undefined until the config is known. */
  plan: MeasurePlan | undefined;
  baselines: ReadonlyMap<number, Baseline> = new Map();
  /** What the values of a checkpoint are of. */
  keys: readonly MeasureKey[] = [];
  /** Grows whenever the measures may have changed. */
  version = 0;
  /** When a checkpoint was last written, in milliseconds. */
  lastChange = 0;

  constructor(perform: PerformSeriesTask) {
    this.perform = perform;
  }

  /** How many checkpoints have been measured, or found broken. */
  get count(): number {
    return this.byStep.size;
  }

  /** The measured checkpoints in the order of their steps. */
  inOrder(): (readonly [step: number, found: MeasuredFile])[] {
    return [...this.byStep].sort(([a], [b]) => a - b);
  }

  get(step: number): MeasuredFile | undefined {
    return this.byStep.get(step);
  }

  /** Starts again: the run's first plan, or that of a run which took its place. */
  start(plan: MeasurePlan): void {
    this.plan = plan;
    // A new run has nothing yet that a page would have to fetch.
    if (this.baselines.size + this.byStep.size > 0) this.version++;
    this.baselines = new Map();
    this.byStep.clear();
  }

  /** Drops what was measured of checkpoints that are no longer there. */
  keep(files: readonly CheckpointFile[]): void {
    const present = new Set(files.map(({ step }) => step));
    for (const step of this.byStep.keys()) {
      if (present.has(step)) continue;
      this.byStep.delete(step);
      this.version++;
    }
  }

  /**
   * Measures the files that are new or have changed, and the random baselines where they are lacking.
   * @param now milliseconds, as `Date.now()`   @param onChange called after each part of it
   */
  async measure(files: readonly CheckpointFile[], now: number, onChange: () => void): Promise<void> {
    const { plan } = this;
    if (plan === undefined) return;
    await Promise.all([
      this.baselines.size === 0 ? this.drawBaselines(plan, onChange) : undefined,
      ...this.shares(files).map((share) => this.measureShare(share, plan, now, onChange)),
    ]);
  }

  private shares(files: readonly CheckpointFile[]): { file: CheckpointFile; status: Stats }[][] {
    const fresh: { file: CheckpointFile; status: Stats }[] = [];
    for (const file of files) {
      const status = statSync(file.path, { throwIfNoEntry: false });
      if (status === undefined || this.byStep.get(file.step)?.stamp === stampOf(status)) continue;
      fresh.push({ file, status });
      this.lastChange = Math.max(this.lastChange, status.mtimeMs);
    }
    const shares: (typeof fresh)[] = [];
    for (let from = 0; from < fresh.length; from += filesPerTask) {
      shares.push(fresh.slice(from, from + filesPerTask));
    }
    return shares;
  }

  private async measureShare(
    share: readonly { file: CheckpointFile; status: Stats }[],
    plan: MeasurePlan,
    now: number,
    onChange: () => void,
  ): Promise<void> {
    const files = share.map(({ file }) => file);
    const { keys, files: results } = await this.perform({ kind: 'checkpoints', plan, files });
    // Another run has taken the place of this one.
    if (this.plan !== plan) return;
    if (keys.length > 0) this.keys = keys;
    for (const [at, { file, status }] of share.entries()) {
      const result = results[at];
      // Perhaps its writer is not done: it is looked at again.
      if (result === undefined || (result.values === undefined && isSettling(status, now))) continue;
      this.byStep.set(file.step, { ...result, stamp: stampOf(status) });
    }
    this.version++;
    onChange();
  }

  private async drawBaselines(plan: MeasurePlan, onChange: () => void): Promise<void> {
    const { ranks, config } = plan;
    const baselines = await this.perform({ kind: 'baselines', d: config.d_model, ranks });
    if (this.plan !== plan) return;
    this.baselines = baselines;
    this.version++;
    onChange();
  }
}
