import { lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, UsageError } from '../errors.js';
import { usualPlan } from '../measures/usual-choice.js';
import type { ConfigFile } from '../run/config.js';
import { configOfRun } from '../run/config-of-run.js';
import { nameRun, openRun, type RunFolder } from '../run/folder.js';
import type { ArchitectureOptions } from '../run/infer-config.js';
import { appendRun } from '../series/assemble.js';
import { checkPlan } from '../series/measure-checkpoint.js';
import { TableBuilder } from '../series/table.js';
import type { PerformSeriesTask } from '../series/task.js';
import { tableMetadata } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import { FollowedCheckpoints } from './followed-checkpoints.js';
import { FollowedErrors } from './followed-errors.js';
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

/** A run folder whose checkpoints are measured as they appear, and again when they change. */
export class FollowedRun implements ServedRun {
  readonly name: string;
  private readonly input: string;
  private readonly path: string;
  private readonly options: FollowOptions;
  private readonly growth = new Growth();
  private folder: RunFolder | undefined;
  private configFile: ConfigFile | undefined;
  private readonly errors: FollowedErrors;
  private readonly measures: FollowedCheckpoints;
  /** Why the folder cannot be used, as it was looked at last. */
  private waitingFor: string | undefined;
  /** The fingerprint that was last reported. */
  private reported = '';
  private readonly tables = new Map<TablePart, { version: string; bytes: Uint8Array<ArrayBuffer> }>();

  /** @throws InputError when there is a file in the place of the folder */
  constructor(input: string, options: FollowOptions) {
    this.options = options;
    const { setting, path } = nameRun(input);
    this.input = input;
    this.name = setting;
    this.path = path;
    this.errors = new FollowedErrors(options.perform);
    this.measures = new FollowedCheckpoints(options.perform);
    this.look();
  }

  /**
   * Looks for what is new and measures it. Errors come first, since they are the first panel.
   * @param now milliseconds, as `Date.now()`
   */
  async update(now: number): Promise<void> {
    this.look();
    // The first panel of a page that is being opened: its table is ready before it asks.
    if (this.folder !== undefined && (await this.errors.update(this.folder.errorFile, now)))
      this.table('errors');
    this.growth.observe(now, this.lastStep());
    this.reportChange();
    await this.options.mayMeasure;
    if (this.folder === undefined) return;
    await this.measures.measure(this.folder.checkpoints, now, () => this.changed());
    this.reportChange();
  }

  /** @throws InputError saying what the folder lacks, when it holds nothing that can be measured */
  checkMeasurable(): void {
    if (this.folder === undefined)
      throw new InputError(this.waitingFor ?? `${this.path}: no checkpoints found`);
  }

  /** Inputs that could not be used, one line each. */
  failures(): string[] {
    const found = [this.errors, ...this.measures.inOrder().map(([, file]) => file)];
    return found.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  }

  summary(): RunSummary {
    const checkpoints = this.folder?.checkpoints ?? [];
    const config = this.configFile;
    return {
      name: this.name,
      config: config?.config ?? null,
      steps: checkpoints.flatMap(({ step }): ServedStep[] => {
        const found = this.measures.get(step);
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
      versions: this.versions(),
    };
  }

  table(part: TablePart): Uint8Array<ArrayBuffer> {
    const { errors, measures } = this.versions();
    const version = { errors: `${errors}`, measures: `${measures}`, all: `${errors} ${measures}` }[part];
    const kept = this.tables.get(part);
    if (kept?.version === version) return kept.bytes;
    const builder = new TableBuilder();
    const withMeasures = part !== 'errors';
    const found = withMeasures ? this.measures.inOrder() : [];
    appendRun(builder, {
      setting: this.name,
      steps: found.map(([step]) => step),
      keys: withMeasures ? this.measures.keys : [],
      values: found.map(([, { values }]) => values),
      baselines: withMeasures ? this.measures.baselines : new Map(),
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
      if (JSON.stringify(configFile) !== JSON.stringify(this.configFile)) this.start(configFile);
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
    this.measures.keep(folder.checkpoints);
  }

  /** Takes up a config: the run's first, or that of a run which took its place. */
  private start(configFile: ConfigFile): void {
    const { config } = configFile;
    const usual = usualPlan(config);
    const plan = {
      config,
      ranks: this.options.ranks ?? usual.ranks,
      relPos: this.options.relPos ?? usual.relPos,
    };
    checkPlan(plan, this.name);
    this.configFile = configFile;
    this.measures.start(plan);
  }

  private versions(): RunSummary['versions'] {
    return { errors: this.errors.version, measures: this.measures.version };
  }

  private progress(now: number): ServedProgress {
    const checkpoints = this.folder?.checkpoints.length ?? 0;
    const lastStep = this.lastStep();
    const endStep = this.configFile?.config.num_epoch;
    const complete = endStep !== undefined && lastStep >= endStep;
    const lastChange = Math.max(this.errors.lastChange, this.measures.lastChange);
    const isActive = now - lastChange < this.growth.patience;
    const { stepsPerSecond } = this.growth;
    const phase =
      checkpoints === 0
        ? 'waiting'
        : this.measures.count < checkpoints
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
      measured: this.measures.count,
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
    return Object.fromEntries(
      this.measures.inOrder().flatMap(([step, { sha256 }]) => (sha256 === undefined ? [] : [[step, sha256]])),
    );
  }

  private notes(): string[] {
    const notes = [...(this.folder?.notes ?? [])];
    if (this.waitingFor !== undefined) notes.push(this.waitingFor);
    if (this.errors.failure !== undefined) notes.push(this.errors.failure);
    for (const [, { failure, note }] of this.measures.inOrder()) {
      if (failure !== undefined) notes.push(failure);
      if (note !== undefined) notes.push(note);
    }
    return notes;
  }

  /** Changes when anything changes that a page shows. */
  private fingerprint(): string {
    const { phase, lastStep, checkpoints } = this.progress(Date.now());
    return JSON.stringify([this.versions(), phase, lastStep, checkpoints, this.waitingFor]);
  }

  /** Reports a change since the last report: a run can also stall while no file changes. */
  private reportChange(): void {
    if (this.reported !== this.fingerprint()) this.changed();
  }

  private changed(): void {
    this.reported = this.fingerprint();
    this.options.onChange(this);
  }
}
