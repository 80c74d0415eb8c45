import { UsageError } from '../errors.js';
import type { ArchitectureOptions } from '../run/infer-config.js';
import { openSeriesWorkers } from '../series/series-workers.js';
import type { PerformSeriesTask } from '../series/task.js';
import { FollowedRun } from '../server/followed-run.js';
import { openInputs } from '../server/inputs.js';
import { ServedModel } from '../server/served-model.js';
import type { ServedProgress, ServedRun } from '../server/served-run.js';
import { textAnswer } from '../server/text-answer.js';
import type { EmbeddedText } from './embedded.js';

export interface MeasureOnceOptions {
  /** Undefined for the usual ones that fit each model. */
  readonly ranks: readonly number[] | undefined;
  readonly relPos: readonly number[] | undefined;
  readonly architecture: ArchitectureOptions;
  /** Read by every model before it is measured, at its last step. */
  readonly texts: readonly string[];
  readonly jobs: number;
  readonly version: string;
  readonly signal: AbortSignal;
  /** In checkpoints; a model's are counted in parts, since one may take minutes. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface MeasuredOnce {
  readonly runs: readonly ServedRun[];
  /** What a run was given as. */
  readonly inputOf: (run: ServedRun) => string;
  readonly textsOf: (run: ServedRun) => readonly EmbeddedText[];
  /** Inputs that could not be used, one line each. */
  readonly skipped: readonly string[];
}

/**
 * Runs as the explorer serves them, measured to their end; nothing is followed.
 * @throws InputError when an input is no run and no table, a folder has no checkpoints, or a text cannot be read
 * @throws UsageError when there are texts and no model
 */
export async function measureOnce(
  inputs: readonly string[],
  options: MeasureOnceOptions,
): Promise<MeasuredOnce> {
  const { jobs, onProgress, signal, texts, ...measuring } = options;
  const workers = openSeriesWorkers(jobs);
  const perform: PerformSeriesTask = (task) => workers.perform(task, signal);
  const followed: FollowedRun[] = [];
  const models: ServedModel[] = [];
  const onChange = () => {
    const all = [...followed, ...models].map((run) => run.summary().progress);
    const sum = (of: (progress: ServedProgress) => number) => all.reduce((total, one) => total + of(one), 0);
    onProgress(
      sum(doneOf),
      sum(({ checkpoints }) => checkpoints),
    );
  };
  const readings = new Map<ServedRun, readonly EmbeddedText[]>();
  try {
    const opened = await openInputs(inputs, {
      runs: { ...measuring, perform, onChange },
      models: { ...{ jobs, onChange }, ranks: options.ranks, version: options.version },
      version: options.version,
    });
    followed.push(...opened.runs.filter((run) => run instanceof FollowedRun));
    models.push(...opened.runs.filter((run) => run instanceof ServedModel));
    if (texts.length > 0 && models.length === 0)
      throw new UsageError('--text: none of the inputs is a model that reads text');
    try {
      // First, since a text that cannot be read is known at once.
      for (const model of models) readings.set(model, await readTexts(model, texts));
      for (const model of models) await model.measure(signal);
    } finally {
      await Promise.all(models.map((model) => model.close()));
    }
    for (const run of followed) {
      // At the end of time no file counts as one that is still being written.
      await run.update(Number.POSITIVE_INFINITY).catch((error) => {
        if (!signal.aborted) throw error;
      });
      run.checkMeasurable();
    }
    const textsOf = (run: ServedRun) => readings.get(run) ?? [];
    return { ...opened, textsOf, skipped: followed.flatMap((run) => run.failures()) };
  } finally {
    await workers.close();
  }
}

async function readTexts(model: ServedModel, texts: readonly string[]): Promise<EmbeddedText[]> {
  const read: EmbeddedText[] = [];
  for (const text of texts) read.push({ text, reading: textAnswer(await model.readText(text, undefined)) });
  return read;
}

/** Checkpoints that are measured; of a model that is being measured, the part of its work that is done. */
function doneOf({ phase, measured, checkpoints, share }: ServedProgress): number {
  if (share !== undefined) return share * checkpoints;
  return phase === 'done' ? checkpoints : measured;
}
