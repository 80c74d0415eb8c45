import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { checkConfig, type RunConfig } from '../run/config.js';
import { configOfRun } from '../run/config-of-run.js';
import { openRun, type RunFolder } from '../run/folder.js';
import { areOfRun } from '../run/runs-below.js';
import { appendCurves } from '../series/append-curves.js';
import { curvesOf } from '../series/curves.js';
import { evaluateRun } from '../series/evaluate-run.js';
import type { TestSetName } from '../series/evaluate-task.js';
import { measureRuns } from '../series/measure-runs.js';
import { type Table, TableBuilder } from '../series/table.js';
import { studiedMeasures } from '../stats/run-data.js';
import { tableName } from '../tables/meta.js';
import { openTable } from '../tables/save.js';

/** Runs as the statistics need them. */
export interface OpenedRuns {
  /** The rows of the measures that they look at. */
  readonly table: Table;
  readonly configs: ReadonlyMap<string, RunConfig>;
  /** Settings whose `copy_err` rows were made now, from their checkpoints. */
  readonly evaluated: ReadonlySet<string>;
  readonly notes: readonly string[];
  readonly skipped: readonly string[];
}

export interface OpenRunsOptions {
  readonly jobs: number;
  /** Evaluate the checkpoints of runs whose table has no `copy_err`. */
  readonly evaluate: boolean;
  readonly rank: number;
  readonly relPos: number;
  readonly onProgress?: (label: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Opens what a path holds: a table; the folder of a sweep, or of `measure`, with its `measures.parquet`; a folder of run
 * folders, each with a table of its own or measured now; or one run folder.
 * @throws InputError when there is none of these
 */
export async function openRunsBelow(path: string, options: OpenRunsOptions): Promise<OpenedRuns> {
  const notes: string[] = [];
  const skipped: string[] = [];
  const builder = new TableBuilder();
  const configs = new Map<string, RunConfig>();
  const { tables, runs } = listBelow(path, skipped);
  noteSweep(path, notes);
  for (const file of tables) {
    const { table, metadata } = await openTable(file, studiedMeasures);
    const known = Object.entries(metadata?.runs ?? {});
    if (known.length === 0) {
      skipped.push(
        `${file}: its metadata has no configs, so nothing says what its runs are; measure them again`,
      );
      continue;
    }
    const own = new Set<string>();
    for (const [setting, { config }] of known) {
      if (configs.has(setting)) {
        skipped.push(`${file}: a second run named ${setting}; the first one counts`);
        continue;
      }
      configs.set(setting, checkConfig(config, `${file}: ${setting}`).config);
      own.add(setting);
    }
    appendCurves(builder, table, ({ setting }) => own.has(setting));
  }
  const fresh = runs.filter(({ setting }) => !configs.has(setting));
  if (fresh.length > 0) {
    const measured = await measureRuns(fresh, {
      ranks: [options.rank],
      relPos: [options.relPos],
      steps: () => true,
      jobs: options.jobs,
      architecture: {},
      ...(options.signal && { signal: options.signal }),
      onProgress: (done, total) => options.onProgress?.('measuring', done, total),
    });
    notes.push(...measured.notes);
    skipped.push(...measured.skipped);
    appendCurves(builder, measured.table, ({ setting }) => setting in measured.runs);
    for (const [setting, { config }] of Object.entries(measured.runs)) {
      configs.set(setting, checkConfig(config, setting).config);
    }
  }
  if (configs.size === 0) {
    throw new InputError(
      `${path}: no runs found${skipped.length > 0 ? ` (${skipped[0]})` : ''}; give the folder of a sweep, a folder of run folders, or a table`,
    );
  }
  const evaluated = options.evaluate
    ? await evaluateMissing(builder, fresh, options, skipped)
    : new Set<string>();
  return { table: builder.build(), configs, evaluated, notes, skipped };
}

/** Whether a path is a folder of runs: that of a sweep, of `measure`, or of run folders, but no run itself. */
export function holdsRuns(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true || areOfRun(readdirSync(path)))
    return false;
  const { tables, runs } = listBelow(path, []);
  return tables.length + runs.length > 0;
}

/** Tables and run folders, by what a folder holds. */
function listBelow(path: string, skipped: string[]): { tables: string[]; runs: RunFolder[] } {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new InputError(`${path}: no such file or folder; give the folder of a sweep, or of runs`);
  }
  if (!status.isDirectory()) return { tables: [path], runs: [] };
  const whole = join(path, tableName);
  if (existsSync(whole)) return { tables: [whole], runs: [] };
  const names = readdirSync(path).sort();
  if (areOfRun(names)) return listRun(path, skipped);
  // A sweep that is not finished has the tables of its finished runs.
  const folder =
    names.includes('runs') && statSync(join(path, 'runs')).isDirectory() ? join(path, 'runs') : path;
  const found = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((entry) => statSync(entry, { throwIfNoEntry: false })?.isDirectory())
    .map((entry) => listRun(entry, skipped));
  return { tables: found.flatMap(({ tables }) => tables), runs: found.flatMap(({ runs }) => runs) };
}

/** Tells how far a sweep is. Its `sweep.json` steers nothing here, so one that cannot be read is passed over. */
function noteSweep(path: string, notes: string[]): void {
  let runs: unknown;
  try {
    runs = JSON.parse(readFileSync(join(path, 'sweep.json'), 'utf8')).runs;
  } catch {
    return;
  }
  if (!Array.isArray(runs)) return;
  const counts = new Map<string, number>();
  for (const run of runs) {
    const status = String(run?.status ?? 'unknown').slice(0, 40);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  if (counts.size > 1) {
    const parts = [...counts].map(([status, count]) => `${count} ${status}`);
    notes.push(`the sweep is not complete: of ${runs.length} runs ${parts.join(', ')}`);
  }
}

/** Nothing for folders that are something else. */
function listRun(path: string, skipped: string[]): { tables: string[]; runs: RunFolder[] } {
  const table = join(path, tableName);
  if (existsSync(table)) return { tables: [table], runs: [] };
  if (!areOfRun(readdirSync(path))) return { tables: [], runs: [] };
  try {
    return { tables: [], runs: [openRun(path)] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    skipped.push(error.message);
    return { tables: [], runs: [] };
  }
}

/** Adds `copy_err` rows at the checkpoints of runs that have none, from the runs' own test sets. */
async function evaluateMissing(
  builder: TableBuilder,
  runs: readonly RunFolder[],
  options: OpenRunsOptions,
  skipped: string[],
): Promise<ReadonlySet<string>> {
  const evaluated = new Set<string>();
  if (runs.length === 0) return evaluated;
  const curves = curvesOf(builder.build());
  for (const run of runs) {
    const { setting } = run;
    const hasOwn = curves.find({ setting, measure: 'copy_err_ood' }) !== undefined;
    if (hasOwn || !existsSync(join(run.path, 'test_ood.pth')) || options.signal?.aborted === true) continue;
    const result = await evaluateRun(run, configOfRun(run, {}).config, {
      steps: (step) => step > 0,
      jobs: options.jobs,
      ...(options.signal && { signal: options.signal }),
      onProgress: (done, total) => options.onProgress?.(`evaluating ${setting}`, done, total),
    });
    skipped.push(...result.skipped);
    for (const set of ['test', 'ood'] as const satisfies readonly TestSetName[]) {
      const known = [...result.steps].filter(([, sets]) => sets[set] !== undefined);
      if (known.length === 0) continue;
      builder.appendCurve(
        { setting, measure: `copy_err_${set}`, of: null, rel_pos: null, rank: null, statistic: null },
        known.map(([step]) => step),
        known.map(([, sets]) => sets[set]?.copy_err ?? Number.NaN),
      );
      if (set === 'ood') evaluated.add(setting);
    }
  }
  return evaluated;
}
