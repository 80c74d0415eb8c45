import type { ArchitectureOptions } from '../run/infer-config.js';
import type { OpenedModel } from '../run/open-model.js';
import { type ModelOptions, measureModels } from './measure-models.js';
import { measureRuns, type SeriesResult } from './measure-runs.js';
import { pairsHaveChance } from './model-rows.js';
import { TableBuilder } from './table.js';

/** What to measure of runs and models together, and how. */
export interface OpenedOptions extends Omit<ModelOptions, 'onProgress' | 'into' | 'besides'> {
  /** Options for runs without `config.json`. */
  readonly architecture: ArchitectureOptions;
  /** Errors of runs after this step are left out. */
  readonly errorsUntil?: number;
  /** Called when parts of the work are done. @param unit what is counted, in the plural; a new one begins at 0 */
  readonly onProgress?: (done: number, total: number, unit: string) => void;
}

/**
 * Measures runs of `train` and any other models into one table: runs in the order given, with their errors; then pairs of heads of models, and of
 * runs of several heads, held against anti-causal pairs.
 * @throws UsageError when what was asked for does not fit one of them
 * @throws InputError when a run has no config and the options do not make up for it
 */
export async function measureOpened(
  models: readonly OpenedModel[],
  options: OpenedOptions,
): Promise<SeriesResult> {
  const table = new TableBuilder();
  const { architecture, errorsUntil, onProgress, ...shared } = options;
  const counting = (unit: string) =>
    onProgress && { onProgress: (done: number, total: number) => onProgress(done, total, unit) };
  const results: Omit<SeriesResult, 'table'>[] = [];
  const runs = models.flatMap(({ run }) => (run === null ? [] : [run]));
  if (runs.length > 0) {
    const { ranks, relPos, steps, jobs, signal } = shared;
    results.push(
      await measureRuns(runs, {
        ...{ relPos, steps, jobs, architecture, into: table },
        ...(errorsUntil !== undefined && { errorsUntil }),
        ...(ranks && { ranks }),
        ...(signal && { signal }),
        ...counting('checkpoints'),
      }),
    );
  }
  const others = models.filter(({ run }) => run === null);
  if (others.length > 0) {
    results.push(await measureModels(others, { ...shared, into: table, ...counting('parts') }));
  }
  const ofManyHeads = models.filter(({ run, architecture }) => run !== null && pairsHaveChance(architecture));
  if (ofManyHeads.length > 0 && !shared.signal?.aborted) {
    const besides = { ...shared, into: table, besides: true, ...counting('parts') };
    const { skipped } = await measureModels(ofManyHeads, besides);
    results.push({ runs: {}, notes: [], measured: 0, skipped });
  }
  return {
    table: table.build(),
    runs: Object.assign({}, ...results.map((result) => result.runs)),
    skipped: [...new Set(results.flatMap(({ skipped }) => skipped))],
    notes: results.flatMap(({ notes }) => notes),
    measured: results.reduce((sum, { measured }) => sum + measured, 0),
  };
}
