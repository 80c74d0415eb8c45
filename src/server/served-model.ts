import { join } from 'node:path';
import { appendHeadRows } from '../behaviour/head-rows.js';
import { headsOfModel } from '../behaviour/model-heads.js';
import { type ModelRunner, openModelRunner } from '../behaviour/model-runner.js';
import { readText, type TextReading } from '../behaviour/read-text.js';
import { usualTokens } from '../behaviour/usual-tokens.js';
import { InputError } from '../errors.js';
import { namesIn, statusOf } from '../files/folder-listing.js';
import { mostHeadsOfPage } from '../measures/usual-choice.js';
import { modelTypeOf } from '../run/config.js';
import { nameRun } from '../run/folder.js';
import { isHubCache } from '../run/hub-cache.js';
import { readModelConfig } from '../run/model-folder.js';
import { type OpenedModel, openModel } from '../run/open-model.js';
import { configName } from '../run/weight-names.js';
import { measureModels } from '../series/measure-models.js';
import type { RunRecord } from '../series/measure-runs.js';
import { TableBuilder } from '../series/table.js';
import { tableMetadata } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import { noText, openText, specialTokens } from '../text/open-text.js';
import type { RunSummary, ServedRun, TablePart } from './served-run.js';

/** What heads do, as a part of all that is measured. */
const shareOfHeads = 0.1;

/** How a model is measured. */
export interface ServedModelOptions {
  readonly version: string;
  readonly jobs: number;
  readonly ranks: readonly number[] | undefined;
  /** Called when there are new numbers. */
  readonly onChange: (run: ServedRun) => void;
}

/** Whether a path is that of a model, or a series of them, rather than of a run of `train`. */
export function isModelFolder(input: string): boolean {
  const { path } = nameRun(input);
  if (!statusOf(path)?.isDirectory()) return false;
  const names = namesIn(path);
  if (isHubCache(path, names)) return true;
  if (names.includes(configName)) return modelTypeOf(readModelConfig(path)) !== undefined;
  return names.some(
    (name) => /^(?:step_?|checkpoint-)\d{1,10}$/.test(name) && statusOf(join(path, name))?.isDirectory(),
  );
}

/**
 * A model's folder behind the server: what its heads do comes first, since it is quick, then what its weights say of all pairs.
 * Text is read by the model itself.
 */
export class ServedModel implements ServedRun {
  readonly name: string;
  private readonly model: OpenedModel;
  private readonly options: ServedModelOptions;
  private readonly notes: string[];
  private readonly controller = new AbortController();
  private readonly runner: ModelRunner;
  private bytes: Uint8Array<ArrayBuffer>;
  private version = 1;
  private phase: RunSummary['progress']['phase'] = 'measuring';
  private measured = 0;
  /** Whole percents of the work that are done. */
  private percent = 0;
  private readings: Promise<unknown> = Promise.resolve();

  /** @throws InputError when the folder holds no model that can be opened */
  constructor(input: string, options: ServedModelOptions) {
    this.model = openModel(input);
    this.name = this.model.name;
    this.options = options;
    this.notes = [...this.model.notes];
    // Threads of its own (one job is this thread), so that a text need not wait for what is being measured.
    this.runner = openModelRunner(Math.min(2, options.jobs));
    this.bytes = this.tableOf(new TableBuilder(), this.record());
  }

  /** Measures everything, once. Failures become notes: the page stays. @param stop ends it early, as closing does */
  async measure(stop?: AbortSignal): Promise<void> {
    const { model } = this;
    const signal = stop ?? this.controller.signal;
    const { architecture } = model;
    const attempt = async (work: () => Promise<void>) => {
      try {
        signal.throwIfAborted();
        await work();
      } catch (error) {
        if (!signal.aborted) this.notes.push((error as Error).message);
      }
    };
    const builder = new TableBuilder();
    let record = this.record();
    await attempt(async () => {
      const special = await specialTokens(model);
      const twice = usualTokens(architecture, model.config, 2, {}, special);
      const { steps, skipped } = await headsOfModel(model, {
        ...{ twice, steps: () => true, jobs: this.options.jobs, signal },
        // A pass over a few sequences is quick beside all pairs.
        onProgress: (done, total) => this.tell((shareOfHeads * done) / total),
      });
      this.notes.push(...skipped);
      appendHeadRows(builder, this.name, architecture, steps);
      this.publish(builder, record);
    });
    if (architecture.layers * architecture.heads > mostHeadsOfPage) {
      this.notes.push(
        `${this.name}: pairs of its ${architecture.layers * architecture.heads} heads take long; measure it with bridgescope measure, and give the table to explore`,
      );
    } else {
      await attempt(async () => {
        const { ranks, jobs } = this.options;
        const result = await measureModels([model], {
          ...{
            relPos: [architecture.positions.kind === 'rotary' ? -1 : 0],
            foldNorm: false,
            pairs: { kind: 'usual' },
          },
          ...{ steps: () => true, jobs, signal, into: builder },
          onProgress: (done, total) => this.tell(shareOfHeads + ((1 - shareOfHeads) * done) / total),
          ...(ranks && { ranks }),
        });
        this.notes.push(...result.notes, ...result.skipped);
        record = result.runs[this.name] ?? record;
        this.measured = result.measured;
      });
    }
    this.phase = 'done';
    this.publish(builder, record);
  }

  summary(): RunSummary {
    const steps = this.model.steps.flatMap(({ step }) => step ?? []);
    return {
      name: this.name,
      config: null,
      steps: steps.map((step) => ({
        ...{ step, status: 'absent' },
        message: `${this.name}: a step of a model is looked at by its heads`,
      })),
      progress: {
        ...{ phase: this.phase, measured: this.measured, checkpoints: this.model.steps.length },
        ...{ lastStep: steps.at(-1) ?? 0, endStep: undefined },
        ...(this.phase === 'measuring' && { share: this.percent / 100 }),
      },
      provenance: {
        ...{ version: this.options.version, checkpoints: {}, notes: this.notes },
        config: this.model.config as RunSummary['provenance']['config'],
      },
      versions: { errors: 1, measures: this.version },
      takesText: true,
    };
  }

  table(_part: TablePart): Uint8Array<ArrayBuffer> {
    return this.bytes;
  }

  checkpoint(step: number): Uint8Array<ArrayBuffer> {
    throw new InputError(`${this.name}: step ${step}: a model's weights are read here, not in the page`);
  }

  sequences(): undefined {
    return undefined;
  }

  /** One text after the other: each takes the memory of a pass. */
  readText(text: string, step: number | undefined): Promise<TextReading> {
    const reading = this.readings.then(() => this.read(text, step));
    this.readings = reading.catch(() => {});
    return reading;
  }

  async close(): Promise<void> {
    this.controller.abort();
    await this.runner.close();
  }

  private async read(text: string, step: number | undefined): Promise<TextReading> {
    const { model } = this;
    const chosen = step === undefined ? model.steps.at(-1) : model.steps.find((one) => one.step === step);
    if (chosen === undefined) throw new InputError(`${this.name}: has no step ${step}`);
    const words = await openText(model, chosen);
    if (words === undefined) throw new InputError(noText(model));
    return readText(this.runner, chosen, words, text);
  }

  private record(): RunRecord {
    return { config: this.model.config as RunRecord['config'], checkpoints: {} };
  }

  private tableOf(builder: TableBuilder, record: RunRecord): Uint8Array<ArrayBuffer> {
    return writeParquet(builder.build(), tableMetadata(this.options.version, { [this.name]: record }));
  }

  /** Tells how far it is, a hundred times at most. */
  private tell(share: number): void {
    const percent = Math.min(99, Math.floor(100 * share));
    if (percent <= this.percent) return;
    this.percent = percent;
    this.options.onChange(this);
  }

  private publish(builder: TableBuilder, record: RunRecord): void {
    this.bytes = this.tableOf(builder, record);
    this.version++;
    this.options.onChange(this);
  }
}
