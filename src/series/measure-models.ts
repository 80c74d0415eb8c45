import { InputError, UsageError } from '../errors.js';
import { largestWholeVocabulary, sampledTokens, sampleSeed } from '../measures/all-pairs/token-mismatch.js';
import { type ModelMeasureName, type ModelPlan, modelMeasureNames } from '../measures/model-plan.js';
import { usualRanks } from '../measures/usual-choice.js';
import type { Architecture } from '../model/architecture.js';
import type { ModelStep, OpenedModel } from '../run/open-model.js';
import { openWorkers } from '../threads/workers.js';
import { joinParts } from './join-parts.js';
import { measureModel, type PerformModelTask, taskCount } from './measure-model.js';
import type { RunRecord, SeriesResult } from './measure-runs.js';
import { type ModelCost, modelCost } from './model-cost.js';
import { choosePairs, isOfEveryRun, modelRows, type PairChoice, type RowGroup } from './model-rows.js';
import type { ModelTask } from './model-task.js';
import work from './model-worker.js';
import { namedPairs, type PairRequest } from './pair-request.js';
import type { ModelTaskResult } from './perform-model-task.js';
import { TableBuilder } from './table.js';

/** What to measure of models, and how. */
export interface ModelOptions {
  /** The usual ones that fit each model unless given. */
  readonly ranks?: readonly number[];
  readonly relPos: readonly number[];
  /** The usual ones for the model's size unless given. */
  readonly measures?: readonly ModelMeasureName[];
  readonly foldNorm: boolean;
  readonly pairs: PairRequest;
  /** Which steps of a series to take. */
  readonly steps: (step: number) => boolean;
  /** Worker threads; with 1, everything runs in this thread. The results do not depend on it. */
  readonly jobs: number;
  /** Called before a model is measured. */
  readonly onStart?: (model: OpenedModel, cost: ModelCost, steps: number) => void;
  /** Called when parts of the work are done. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops early: what is not begun is left out, what is done is kept. */
  readonly signal?: AbortSignal;
  /** Where rows go, after those that are there. */
  readonly into?: TableBuilder;
  /** Of runs of `train`: leaves out the rows that these have whatever the number of their heads. */
  readonly besides?: boolean;
}

/** From so many pairs on, token mismatch is not among the usual measures: it takes ten times as long as all the others. */
const mostPairsOfMismatch = 2000;

/** The default measures. */
export function usualMeasures({ layers, heads }: Architecture): ModelMeasureName[] {
  const pairs = (layers * heads) ** 2;
  return modelMeasureNames.filter((name) => name !== 'mismatch_ratio' || pairs <= mostPairsOfMismatch);
}

/**
 * The plan of one model.
 * @throws UsageError for ranks above the width of its heads, and relative positions where it has no rotary ones
 */
export function planOf(model: Pick<OpenedModel, 'name' | 'architecture'>, options: ModelOptions): ModelPlan {
  const { name, architecture } = model;
  const { headWidth, width, positions, family } = architecture;
  const most = Math.min(headWidth, width);
  const ranks = options.ranks ?? usualRanks(most);
  const wrong = ranks.find((rank) => !Number.isInteger(rank) || rank < 1 || rank > most);
  if (wrong !== undefined) {
    throw new UsageError(
      `${name}: rank ${wrong} is not between 1 and ${most}, the width of its heads; choose others with --ranks`,
    );
  }
  const relPos = options.relPos.find((t) => t !== 0 && positions.kind !== 'rotary');
  if (relPos !== undefined) {
    throw new UsageError(
      `${name}: relative position ${relPos} needs rotary positions, which ${family} does not have; use --rel-pos 0`,
    );
  }
  return {
    measures: options.measures ?? usualMeasures(architecture),
    ranks,
    relPos: options.relPos,
    foldNorm: options.foldNorm,
  };
}

/**
 * Measures models, or series of their checkpoints, one checkpoint after the other over worker threads.
 * @throws UsageError when what was asked for does not fit a model
 */
export async function measureModels(
  models: readonly OpenedModel[],
  options: ModelOptions,
): Promise<SeriesResult> {
  const planned = models.map((model) => planModel(model, options));
  const workers = openWorkers<ModelTask, ModelTaskResult>(
    options.jobs,
    new URL('./model-worker.js', import.meta.url),
    work,
  );
  const table = options.into ?? new TableBuilder();
  const result = { notes: [] as string[], skipped: [] as string[], runs: {} as Record<string, RunRecord> };
  let measured = 0;
  try {
    const progress = { done: 0, total: planned.reduce((sum, { parts }) => sum + parts, 0) };
    const perform = (async (task: ModelTask) => {
      options.signal?.throwIfAborted();
      const found = await workers.perform(task, options.signal);
      options.onProgress?.(++progress.done, progress.total);
      return found;
    }) as PerformModelTask;
    for (const plan of planned) {
      if (options.signal?.aborted) break;
      options.onStart?.(
        plan.model,
        modelCost(plan.model.architecture, plan.plan, options.jobs),
        plan.steps.length,
      );
      for (const note of plan.model.notes) result.notes.push(`${plan.model.name}: ${note}`);
      if (plan.model.architecture.layers === 1) {
        result.notes.push(`${plan.model.name}: a model of one layer has no later layer that reads: no pairs`);
      }
      const found = await measureSteps(plan, perform, options);
      result.skipped.push(...found.skipped);
      if (found.values.size === 0) continue;
      measured += found.values.size;
      appendModel(table, plan, found);
      result.runs[plan.model.name] = recordOf(plan, found.choice!);
    }
  } finally {
    await workers.close();
  }
  return { table: table.build(), measured, ...result };
}

interface PlannedModel {
  readonly model: OpenedModel;
  readonly plan: ModelPlan;
  readonly steps: readonly ModelStep[];
  /** Tasks of all steps, about. */
  readonly parts: number;
}

function planModel(model: OpenedModel, options: ModelOptions): PlannedModel {
  const plan = planOf(model, options);
  const steps = model.steps.filter(({ step }) => step === null || options.steps(step));
  if (steps.length === 0) {
    throw new InputError(
      `${model.path}: none of its ${model.steps.length} checkpoints (steps ${model.steps[0]!.step} to ${model.steps.at(-1)!.step}) was asked for; widen --steps`,
    );
  }
  // Heads that a model does not have are an error before hours of work, not after them.
  if (options.pairs.kind === 'named') namedPairs(options.pairs.names, model.architecture, model.name);
  return { model, plan, steps, parts: steps.length * taskCount(model.architecture, plan) };
}

interface MeasuredSteps {
  readonly groups: readonly Pick<RowGroup, 'key' | 'of'>[];
  /** Of all groups one after the other, by place among the steps. */
  readonly values: ReadonlyMap<number, Float64Array>;
  readonly choice: PairChoice | undefined;
  readonly skipped: readonly string[];
}

/** The last step comes first: its strongest pairs are those that have rows at every step. */
async function measureSteps(
  { model, plan, steps }: PlannedModel,
  perform: PerformModelTask,
  options: ModelOptions,
): Promise<MeasuredSteps> {
  const { architecture } = model;
  const order = [steps.length - 1, ...steps.keys()].slice(0, steps.length);
  const values = new Map<number, Float64Array>();
  const skipped: string[] = [];
  const groups: Pick<RowGroup, 'key' | 'of'>[] = [];
  let choice: PairChoice | undefined;
  for (const at of order) {
    if (options.signal?.aborted) break;
    try {
      const columns = await measureModel(steps[at]!, plan, perform, options.jobs);
      choice ??= choosePairs(columns.pairs, architecture, options.pairs, steps.length, model.name);
      const found: ArrayLike<number>[] = [];
      const isFirst = groups.length === 0;
      for (const { key, of, values: ofGroup } of modelRows(columns, choice, architecture)) {
        if (options.besides && isOfEveryRun(key)) continue;
        if (isFirst) groups.push({ key, of });
        found.push(ofGroup);
      }
      values.set(at, joinParts(found));
    } catch (error) {
      if (options.signal?.aborted) break;
      if (!(error instanceof InputError) || error instanceof UsageError) throw error;
      skipped.push(error.message);
    }
  }
  return { groups, values, choice, skipped };
}

function appendModel(
  table: TableBuilder,
  { model, steps }: PlannedModel,
  { groups, values }: MeasuredSteps,
): void {
  const places = [...values.keys()].sort((a, b) => a - b);
  const numbers = places.map((at) => steps[at]!.step ?? Number.NaN);
  let from = 0;
  for (const { key, of } of groups) {
    const atSteps = places.map((at) => values.get(at)!.subarray(from, from + of.length));
    table.appendCurves({ setting: model.name, ...key }, of, numbers, atSteps);
    from += of.length;
  }
}

function recordOf({ model, plan }: PlannedModel, choice: PairChoice): RunRecord {
  const { architecture } = model;
  const { family, layers, heads, keyHeads, headWidth, width, vocabSize } = architecture;
  const isSampled = plan.measures.includes('mismatch_ratio') && vocabSize > largestWholeVocabulary;
  return {
    config: model.config as RunRecord['config'],
    checkpoints: {},
    model: {
      family,
      layers,
      heads,
      key_heads: keyHeads,
      head_width: headWidth,
      width,
      vocab_size: vocabSize,
      fold_norm: plan.foldNorm,
      pairs: choice.rows,
      causal_pairs: (heads * heads * layers * (layers - 1)) / 2,
      anti_causal_pairs: (heads * heads * layers * (layers + 1)) / 2,
      ...(isSampled && { mismatch_tokens: sampledTokens, mismatch_seed: sampleSeed }),
    },
  };
}
