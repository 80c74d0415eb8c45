import { lstatSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, UsageError } from '../errors.js';
import type { MeasureKey, MeasurePlan } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import { usualPlan } from '../measures/usual-choice.js';
import type { ConfigFile } from '../run/config.js';
import { configOfRun } from '../run/config-of-run.js';
import type { ErrorCurves } from '../run/error-curves.js';
import { type CheckpointFile, nameRun, openRun, type RunFolder } from '../run/folder.js';
import type { ArchitectureOptions } from '../run/infer-config.js';
import { appendRun } from '../series/assemble.js';
import { checkPlan } from '../series/measure-checkpoint.js';
import { TableBuilder } from '../series/table.js';
import type { MeasuredFile, PerformSeriesTask } from '../series/task.js';
import { tableMetadata } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import { Growth } from './growth.js';
import { readBelow } from './run-files.js';
import { sequencesOf } from './sequences.js';
import type {
  RunSummary,
  ServedProgress,
  ServedRun,
  ServedSequences,
  ServedStep,
  TablePart,
} from './served-run.js';

export interface FollowOptions {
  /** Undefined for the usual ones that fit the model. */
  readonly ranks: readonly number[] | undefined;
  readonly relPos: readonly number[] | undefined;
  readonly architecture: ArchitectureOptions;
  readonly version: string;
  readonly perform: PerformSeriesTask;
  /** Checkpoints are measured from when this resolves; at once unless given. */
  readonly mayMeasure?: Promise<void>;
  /** Called when something has changed. */
  readonly onChange: (run: FollowedRun) => void;
}

/** Checkpoints of one task: a few, so that panels grow while a run is measured. */
const filesPerTask = 8;

/** How long a file that cannot be read may still be one that is being written. */
const settlingMilliseconds = 5000;

interface Measured extends MeasuredFile {
  /** Size and time of the file that was measured. */
  readonly stamp: string;
}

/** A run folder that is measured as far as it has come, and again wherever it changes. */
export class FollowedRun implements ServedRun {
  readonly name: string;
  private readonly input: string;
  private readonly path: string;
  private readonly options: FollowOptions;
  private readonly growth = new Growth();
  private folder: RunFolder | undefined;
  private configFile: ConfigFile | undefined;
  private configText = '';
  private plan: MeasurePlan | undefined;
  private baselines: ReadonlyMap<number, Baseline> = new Map();
  private keys: readonly MeasureKey[] = [];
  private readonly measured = new Map<number, Measured>();
  private errors: { curves: ErrorCurves | undefined; stamp: string } = { curves: undefined, stamp: '' };
  private errorFailure: string | undefined;
  private waitingFor: string | undefined;
  private lastChange = 0;
  private told = '';
  private readonly versions = { errors: 0, measures: 0 };
  private readonly tables = new Map<TablePart, { version: string; bytes: Uint8Array<ArrayBuffer> }>();

  /** @throws InputError when there is a file in the place of the folder */
  constructor(input: string, options: FollowOptions) {
    this.options = options;
    const { setting, path } = nameRun(input);
    this.input = input;
    this.name = setting;
    this.path = path;
    this.look();
  }

  /**
   * Looks for what is new and measures it. Errors come first, since they are the first panel.
   * @param now milliseconds, as `Date.now()`
   */
  async update(now: number): Promise<void> {
    this.look();
    if (this.folder !== undefined) await this.readErrors(this.folder, now);
    this.growth.observe(now, this.lastStep());
    this.tellChange();
    await this.options.mayMeasure;
    if (this.folder === undefined || this.plan === undefined) return;
    await this.measure(this.folder, this.plan, now);
    this.tellChange();
  }

  /** @throws InputError saying what the folder lacks, when it holds nothing that can be measured */
  checkMeasurable(): void {
    if (this.folder === undefined)
      throw new InputError(this.waitingFor ?? `${this.path}: no checkpoints found`);
  }

  /** Inputs that could not be used, one line each. */
  failures(): string[] {
    const failures = [...this.measured.values()].flatMap(({ failure }) =>
      failure === undefined ? [] : [failure],
    );
    return this.errorFailure === undefined ? failures : [this.errorFailure, ...failures];
  }

  summary(): RunSummary {
    const checkpoints = this.folder?.checkpoints ?? [];
    const config = this.configFile;
    return {
      name: this.name,
      config: config?.config ?? null,
      steps: checkpoints.flatMap(({ step }): ServedStep[] => {
        const found = this.measured.get(step);
        if (found === undefined) return [];
        if (found.values === undefined)
          return [{ step, status: 'broken', message: found.failure ?? 'broken' }];
        return [{ step, status: 'ready' }];
      }),
      progress: this.progress(Date.now()),
      provenance: {
        version: this.options.version,
        config: config === undefined ? {} : { ...config.config, ...config.others },
        checkpoints: this.hashes(),
        notes: this.notes(),
      },
      versions: { ...this.versions },
    };
  }

  table(part: TablePart): Uint8Array<ArrayBuffer> {
    const { errors, measures } = this.versions;
    const version = { errors: `${errors}`, measures: `${measures}`, all: `${errors} ${measures}` }[part];
    const kept = this.tables.get(part);
    if (kept?.version === version) return kept.bytes;
    const builder = new TableBuilder();
    const steps = [...this.measured.keys()].sort((a, b) => a - b);
    const withMeasures = part !== 'errors';
    appendRun(builder, {
      setting: this.name,
      steps: withMeasures ? steps : [],
      keys: withMeasures ? this.keys : [],
      values: withMeasures ? steps.map((step) => this.measured.get(step)!.values) : [],
      baselines: withMeasures ? this.baselines : new Map(),
      errors: part === 'measures' ? undefined : this.errors.curves,
    });
    const config = { ...this.configFile?.config, ...this.configFile?.others };
    const metadata = tableMetadata(this.options.version, {
      [this.name]: { config, checkpoints: this.hashes() },
    });
    const bytes = writeParquet(builder.build(), metadata);
    this.tables.set(part, { version, bytes });
    return bytes;
  }

  checkpoint(step: number): Uint8Array<ArrayBuffer> {
    const file = this.folder?.checkpoints.find((checkpoint) => checkpoint.step === step);
    if (file === undefined) throw new InputError(`${this.name}: has no checkpoint of step ${step}`);
    return readBelow(this.path, file.path);
  }

  sequences(set: 'test' | 'ood'): ServedSequences | undefined {
    const path = join(this.path, set === 'test' ? 'test.pth' : 'test_ood.pth');
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    return sequencesOf(readBelow(this.path, path), path);
  }

  /** Lists the folder. A folder without checkpoints yet, or whose config is half-written, is waited for. */
  private look(): void {
    let folder: RunFolder;
    try {
      folder = openRun(this.input);
      const configFile = configOfRun(folder, this.options.architecture);
      const text = JSON.stringify(configFile);
      if (text !== this.configText) this.start(configFile, text);
    } catch (error) {
      // Training may not have made the folder yet.
      const mayBecomeRun = statSync(this.path, { throwIfNoEntry: false })?.isDirectory() !== false;
      // Once it has been a run, trouble with it must not end the server.
      if (error instanceof InputError && !(error instanceof UsageError) && mayBecomeRun) {
        this.waitingFor = error.message;
        return;
      }
      if (this.folder !== undefined) {
        this.waitingFor = error instanceof Error ? error.message : String(error);
        return;
      }
      throw error;
    }
    this.waitingFor = undefined;
    this.folder = folder;
    const present = new Set(folder.checkpoints.map(({ step }) => step));
    for (const step of this.measured.keys()) {
      if (present.has(step)) continue;
      this.measured.delete(step);
      this.versions.measures++;
    }
  }

  /** Takes up a config: the run's first, or that of a run which took its place. */
  private start(configFile: ConfigFile, text: string): void {
    const { config } = configFile;
    const usual = usualPlan(config);
    const plan = {
      config,
      ranks: this.options.ranks ?? usual.ranks,
      relPos: this.options.relPos ?? usual.relPos,
    };
    checkPlan(plan, this.name);
    this.configFile = configFile;
    this.configText = text;
    this.plan = plan;
    // A new run has nothing yet that a page would have to fetch.
    if (this.baselines.size + this.measured.size > 0) this.versions.measures++;
    this.baselines = new Map();
    this.measured.clear();
  }

  private async readErrors({ errorFile }: RunFolder, now: number): Promise<void> {
    if (errorFile === undefined) {
      if (this.errors.curves !== undefined) this.versions.errors++;
      this.errors = { curves: undefined, stamp: '' };
      return;
    }
    const status = statSync(errorFile, { throwIfNoEntry: false });
    if (status === undefined || stampOf(status) === this.errors.stamp) return;
    const { curves, failure } = await this.options.perform({ kind: 'errors', file: errorFile });
    // Half-written: those of before stand until it is whole, or nothing writes it any more.
    if ((curves === undefined || curves.isCut) && isSettling(status, now)) return;
    this.errorFailure = failure;
    this.errors = { curves: curves ?? this.errors.curves, stamp: stampOf(status) };
    this.lastChange = Math.max(this.lastChange, status.mtimeMs);
    this.versions.errors++;
    // The first panel of a page that is being opened: ready before it asks.
    this.table('errors');
  }

  private async measure(folder: RunFolder, plan: MeasurePlan, now: number): Promise<void> {
    const work: Promise<void>[] = [];
    if (this.baselines.size === 0) {
      const { perform } = this.options;
      const task = { kind: 'baselines', d: plan.config.d_model, ranks: plan.ranks } as const;
      work.push(
        perform(task).then((baselines) => {
          if (this.plan !== plan) return;
          this.baselines = baselines;
          this.versions.measures++;
          this.changed();
        }),
      );
    }
    const fresh: { file: CheckpointFile; status: Stats }[] = [];
    for (const file of folder.checkpoints) {
      const status = statSync(file.path, { throwIfNoEntry: false });
      if (status === undefined || this.measured.get(file.step)?.stamp === stampOf(status)) continue;
      fresh.push({ file, status });
      this.lastChange = Math.max(this.lastChange, status.mtimeMs);
    }
    const shares: (typeof fresh)[] = [];
    for (let from = 0; from < fresh.length; from += filesPerTask) {
      shares.push(fresh.slice(from, from + filesPerTask));
    }
    await Promise.all([
      ...work,
      ...shares.map(async (share) => {
        const files = share.map(({ file }) => file);
        const { keys, files: results } = await this.options.perform({ kind: 'checkpoints', plan, files });
        if (this.plan !== plan) return;
        if (keys.length > 0) this.keys = keys;
        results.forEach((result, at) => {
          const { file, status } = share[at]!;
          // Perhaps its writer is not done: it is looked at again.
          if (result.values === undefined && isSettling(status, now)) return;
          this.measured.set(file.step, { ...result, stamp: stampOf(status) });
        });
        this.versions.measures++;
        this.changed();
      }),
    ]);
  }

  private progress(now: number): ServedProgress {
    const checkpoints = this.folder?.checkpoints.length ?? 0;
    const lastStep = this.lastStep();
    const endStep = this.configFile?.config.num_epoch;
    const complete = endStep !== undefined && lastStep >= endStep;
    const isActive = now - this.lastChange < this.growth.patience;
    const { stepsPerSecond } = this.growth;
    const phase =
      checkpoints === 0
        ? 'waiting'
        : this.measured.size < checkpoints
          ? 'measuring'
          : complete
            ? 'done'
            : isActive
              ? 'training'
              : this.growth.hasGrown
                ? 'stalled'
                : 'done';
    return {
      phase,
      measured: this.measured.size,
      checkpoints,
      lastStep,
      endStep,
      ...(stepsPerSecond !== undefined && { stepsPerSecond }),
    };
  }

  private lastStep(): number {
    return Math.max(this.errors.curves?.lastStep ?? 0, this.folder?.checkpoints.at(-1)?.step ?? 0);
  }

  private hashes(): Record<string, string> {
    const steps = [...this.measured].sort(([a], [b]) => a - b);
    return Object.fromEntries(
      steps.flatMap(([step, { sha256 }]) => (sha256 === undefined ? [] : [[step, sha256]])),
    );
  }

  private notes(): string[] {
    const notes = [...(this.folder?.notes ?? [])];
    if (this.waitingFor !== undefined) notes.push(this.waitingFor);
    if (this.errorFailure !== undefined) notes.push(this.errorFailure);
    for (const { failure, note } of this.measured.values()) {
      if (failure !== undefined) notes.push(failure);
      if (note !== undefined) notes.push(note);
    }
    return notes;
  }

  /** What tells whether anything changed that a page shows. */
  private fingerprint(): string {
    const { phase, lastStep, checkpoints } = this.progress(Date.now());
    return JSON.stringify([this.versions, phase, lastStep, checkpoints, this.waitingFor]);
  }

  /** Against what was told last: a run also stalls when nothing happens in an update. */
  private tellChange(): void {
    if (this.told !== this.fingerprint()) this.changed();
  }

  private changed(): void {
    this.told = this.fingerprint();
    this.options.onChange(this);
  }
}

function stampOf({ size, mtimeMs }: Stats): string {
  return `${size} ${mtimeMs}`;
}

function isSettling({ mtimeMs }: Stats, now: number): boolean {
  return Math.abs(now - mtimeMs) < settlingMilliseconds;
}
