import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InterventionRow } from '../causal/edit-columns.js';
import { interventionsName, saveInterventions } from '../causal/intervention-table.js';
import { readInterventionRows } from '../causal/read-interventions.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { exclusively } from '../files/mutex.js';
import { readWhole } from '../files/read-whole.js';
import { curvesOf } from '../series/curves.js';
import { StepJoiner } from '../series/join-steps.js';
import type { RunRecord as MeasuredRun } from '../series/measure-runs.js';
import { TableBuilder } from '../series/table.js';
import { tableMetadata, tableName } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import { openTable } from '../tables/save.js';
import type { OptionValue } from './axis.js';
import type { PlannedRun } from './expand.js';
import type { Sweep } from './sweep.js';
import { clearLost, finishedFolder, type RunState, statesOf } from './sweep-folder.js';

/** What `sweep.json` says: the plan's runs and how they stand. */
export interface SweepSummary {
  /** Version of bridgescope that wrote it. */
  readonly bridgescope: string;
  /** SHA-256 of what the plan asks for. */
  readonly plan_hash: string;
  /** Options that the plan varies. */
  readonly axes: readonly string[];
  readonly runs: readonly SummaryRun[];
  /** SHA-256 over the runs in the table of all; null before the first is done. */
  readonly table: string | null;
}

/** One run of the plan in `sweep.json`. */
export interface SummaryRun {
  readonly setting: string;
  readonly axes: Readonly<Record<string, OptionValue>>;
  /** SHA-256 of the config. */
  readonly hash: string;
  readonly status: RunState['status'];
  /** Wall-clock seconds of training and measuring; null unless done. */
  readonly seconds: number | null;
  /** Why it failed; null unless it did. */
  readonly error: string | null;
}

const summaryName = 'sweep.json';

/**
 * Writes `sweep.json` from what is in the folder, so that it holds the runs of all shards.
 * @returns the states it wrote
 */
export async function summarize(sweep: Sweep): Promise<ReadonlyMap<string, RunState>> {
  return exclusively(join(sweep.folder, 'locks', '.summary'), async () => {
    const states = statesOf(sweep.folder, sweep.runs);
    writeSummary(sweep, states, openSummaryTable(sweep.folder));
    return states;
  });
}

/**
 * Puts the tables of all finished runs into one, in the order of the plan, unless it is there already; and writes `sweep.json`.
 * @returns the path of the table, and its number of runs
 */
export async function combine(sweep: Sweep): Promise<{ readonly path: string; readonly runs: number }> {
  const { folder, runs, version } = sweep;
  const path = join(folder, tableName);
  return exclusively(join(folder, 'locks', '.summary'), async () => {
    const states = statesOf(folder, runs);
    const done = runs.filter(({ setting }) => states.get(setting)?.status === 'done');
    const table = fingerprint(folder, done);
    if (openSummaryTable(folder) !== table || !existsSync(path)) {
      await joinInterventions(folder, done, version);
      writeFileAtomically(path, await joined(folder, done, version));
    }
    writeSummary(sweep, states, table);
    clearLost(folder, new Set(done.map(({ setting }) => setting)));
    return { path, runs: done.length };
  });
}

async function joined(folder: string, runs: readonly PlannedRun[], version: string): Promise<Uint8Array> {
  // Checkpoints of one model have a table each, and one curve together; a run has its curves.
  const steps = runs.some(({ kind }) => kind === 'checkpoint') ? new StepJoiner() : undefined;
  const whole = new TableBuilder();
  const records: Record<string, MeasuredRun> = {};
  for (const { setting } of runs) {
    const { table, metadata } = await openTable(join(finishedFolder(folder, setting), tableName));
    Object.assign(records, metadata?.runs);
    if (steps === undefined) {
      for (const { key, steps, values } of curvesOf(table).all) whole.appendCurve(key, steps, values);
    } else steps.add(table);
  }
  return writeParquet((steps ?? whole).build(), tableMetadata(version, records));
}

/** Puts the interventions on all finished checkpoints into one table. */
async function joinInterventions(
  folder: string,
  runs: readonly PlannedRun[],
  version: string,
): Promise<void> {
  const rows: InterventionRow[] = [];
  const models: Record<string, unknown> = {};
  for (const run of runs) {
    if (run.kind === 'training' || run.work.intervene === null) continue;
    const file = join(finishedFolder(folder, run.setting), interventionsName);
    const found = await readInterventionRows(readWhole(file), file);
    rows.push(...found.rows);
    Object.assign(models, found.models);
  }
  if (rows.length > 0) saveInterventions(rows, { version, models }, folder, ['parquet']);
}

/** What the table of all is made of: runs, and who measured them how is the same for all. */
function fingerprint(folder: string, runs: readonly PlannedRun[]): string {
  const hash = createHash('sha256');
  for (const { setting } of runs) {
    hash.update(`${setting}\n`);
    hash.update(readFileSync(join(finishedFolder(folder, setting), 'run.json')));
  }
  return hash.digest('hex');
}

function openSummaryTable(folder: string): string | null {
  try {
    const { table } = JSON.parse(readFileSync(join(folder, summaryName), 'utf8')) as Partial<SweepSummary>;
    return typeof table === 'string' ? table : null;
  } catch {
    // None yet, or not ours: it is made anew.
    return null;
  }
}

function writeSummary(sweep: Sweep, states: ReadonlyMap<string, RunState>, table: string | null): void {
  const summary: SweepSummary = {
    bridgescope: sweep.version,
    plan_hash: sweep.planHash,
    axes: [...new Set(sweep.runs.flatMap(({ axes }) => Object.keys(axes)))],
    runs: sweep.runs.map(({ setting, axes, hash }) => {
      const state = states.get(setting) ?? { status: 'pending' as const };
      return {
        ...{ setting, axes, hash, status: state.status },
        seconds: state.status === 'done' ? state.seconds : null,
        error: state.status === 'failed' ? state.error : null,
      };
    }),
    table,
  };
  writeFileAtomically(join(sweep.folder, summaryName), [`${JSON.stringify(summary, null, 1)}\n`]);
}
