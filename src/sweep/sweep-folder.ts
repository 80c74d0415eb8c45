import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { interventionsName } from '../causal/intervention-table.js';
import { InputError, UsageError } from '../errors.js';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.js';
import { savedSteps } from '../run/saved-steps.js';
import { tableName } from '../tables/meta.js';
import { configIn, holdsRun } from '../train/output-folder.js';
import { configHash, type PlannedRun, type PlannedTraining } from './expand.js';
import { openRecord, sameMeasure } from './run-record.js';

/** Where a finished run is. */
export function finishedFolder(folder: string, setting: string): string {
  return join(folder, 'runs', setting);
}

/**
 * Refuses a folder that holds something else than a sweep, whose table the sweep's would replace.
 * @throws UsageError when it holds a run, or a table that no sweep made
 */
export function checkSweepFolder(folder: string): void {
  // A file in its place is reported by the lock.
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  if (holdsRun(folder)) {
    throw new UsageError(`--out ${folder}: holds a run; a sweep makes many, so choose a folder of its own`);
  }
  const isOfSweep = ['plan.yaml', 'sweep.json'].some((name) => existsSync(join(folder, name)));
  if (!isOfSweep && existsSync(join(folder, tableName))) {
    throw new UsageError(
      `--out ${folder}: holds a table that no sweep made (${tableName}); choose a folder of its own for the sweep`,
    );
  }
}

const workFolder = (folder: string) => join(folder, 'work');
const failureFile = (folder: string, setting: string) => join(folder, 'failed', `${setting}.json`);

/** How a run of the plan stands. */
export type RunState =
  | { readonly status: 'done'; readonly seconds: number }
  | { readonly status: 'failed'; readonly error: string }
  /** @param remeasure whether it is trained, and its checkpoints are to be measured in another way */
  | { readonly status: 'pending'; readonly remeasure?: true };

/**
 * Looks up what is done of a plan, from the folder alone: one small file a finished run.
 * @throws InputError when a folder of that name holds another run, or one measured in another way
 */
export function statesOf(folder: string, runs: readonly PlannedRun[]): ReadonlyMap<string, RunState> {
  const finished = new Set(namesIn(join(folder, 'runs')));
  const failed = new Set(namesIn(join(folder, 'failed')));
  return new Map(
    runs.map((run) => {
      const { setting } = run;
      if (finished.has(setting)) return [setting, finishedState(folder, run)];
      if (failed.has(`${setting}.json`)) {
        return [setting, { status: 'failed', error: readFailure(failureFile(folder, setting)) }];
      }
      return [setting, { status: 'pending' }];
    }),
  );
}

function finishedState(folder: string, run: PlannedRun): RunState {
  const path = finishedFolder(folder, run.setting);
  const record = openRecord(path);
  if (record === null) {
    throw new InputError(`${path}: holds a run that no sweep made; move it away, or choose another --out`);
  }
  if (record.hash !== run.hash) {
    throw new InputError(
      `${path}: holds a run of another config${differences(path, run)}; choose another --out for this plan`,
    );
  }
  // The hash of a checkpoint holds what is done with it.
  if (run.kind === 'training' && !sameMeasure(record.measure, run.measure)) {
    if (hasAllCheckpoints(path, run)) return { status: 'pending', remeasure: true };
    const asked = JSON.stringify(run.measure);
    throw new InputError(
      `${path}: was measured with ${JSON.stringify(record.measure)}, and the plan asks for ${asked}, but its checkpoints were not all kept (see keep), so that it would have to be trained again; give the plan its old measure back, or choose another --out`,
    );
  }
  return { status: 'done', seconds: record.seconds };
}

function hasAllCheckpoints(path: string, { config }: PlannedTraining): boolean {
  const names = new Set(namesIn(path));
  for (const step of savedSteps(config)) if (!names.has(`ckpt_${step}.pt`)) return false;
  return true;
}

function differences(path: string, run: PlannedRun): string {
  const own = configIn(path);
  if (own === null || run.kind === 'checkpoint') return '';
  const { config } = run;
  const names = (Object.keys(config) as (keyof typeof config)[]).filter((name) => own[name] !== config[name]);
  const shown = names.map(
    (name) => `${name} ${JSON.stringify(own[name])}, not ${JSON.stringify(config[name])}`,
  );
  return shown.length === 0 ? '' : ` (${shown.join('; ')})`;
}

/**
 * Looks whether begun runs are those of the plan, before any work is done on them.
 * @throws InputError when one has another config
 */
export function checkBegun(folder: string, runs: readonly PlannedRun[]): void {
  const begun = generations(folder);
  for (const run of runs) {
    const generation = begun.get(run.setting);
    if (generation === undefined) continue;
    const path = workPath(folder, run.setting, generation);
    const own = configIn(path);
    if (own !== null && configHash(own) !== run.hash) {
      throw new InputError(
        `${path}: a run of another config was begun here${differences(path, run)}; remove that folder, or choose another --out`,
      );
    }
  }
}

/** A run while it is being made: its folder, and whether that is still its maker's. */
export interface RunClaim {
  readonly path: string;
  /** @throws TakenOver when another process has taken the run over */
  check(): void;
  /** Moves the run, which is done, to its final place in one step. @throws TakenOver when another process has taken it over */
  publish(): void;
}

/**
 * Takes a run over. Each time, its folder gets a new name, so that whoever worked on it before and does not know it yet writes to a
 * place that nobody reads.
 * @throws TakenOver when another process takes it over at the same time
 */
export function takeOver(folder: string, setting: string): RunClaim {
  const own = (generations(folder).get(setting) ?? 0) + 1;
  const path = workPath(folder, setting, own);
  try {
    if (own === 1) {
      makeFolder(workFolder(folder));
      mkdirSync(path);
    } else renameSync(workPath(folder, setting, own - 1), path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error;
    throw new TakenOver(path);
  }
  const { ino } = statSync(path);
  const check = () => {
    // A write after the folder was renamed makes another one of the old name.
    if (statSync(path, { throwIfNoEntry: false })?.ino !== ino) throw new TakenOver(path);
  };
  const publish = () => {
    check();
    publishFolder(folder, setting, path);
  };
  return { path, check, publish };
}

/** The run belongs to another process now. */
export class TakenOver extends InputError {
  constructor(path: string) {
    super(`${path}: another process has taken this run over; nothing is lost`);
  }
}

/** How far folders of a name have come: the highest number wins, lower ones are what those who lost a run left. */
function generations(folder: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of namesIn(workFolder(folder))) {
    const match = /^(.+)\.([1-9]\d{0,8})$/.exec(name);
    if (match === null) continue;
    const [, setting = '', digits] = match;
    found.set(setting, Math.max(found.get(setting) ?? 0, Number(digits)));
  }
  return found;
}

/**
 * What a sweep's folder holds to be looked at: the tables of its finished runs, and the folders of those that are being made.
 * @returns undefined for a folder that is none of a sweep
 * @throws InputError when it cannot be read
 */
export function runsInside(
  folder: string,
): { readonly tables: readonly string[]; readonly begun: ReadonlyMap<string, string> } | undefined {
  if (!existsSync(join(folder, 'plan.yaml')) || !statSync(folder).isDirectory()) return undefined;
  const settings = namesIn(join(folder, 'runs')).sort();
  const ofModels = tablesOfModels(folder);
  if (ofModels !== undefined) return { tables: ofModels.slice(0, 1), begun: new Map() };
  const tables = settings
    .map((setting) => join(finishedFolder(folder, setting), tableName))
    .filter((path) => existsSync(path));
  const finished = new Set(settings);
  const begun = [...generations(folder)]
    .filter(([setting]) => !finished.has(setting))
    .map(([setting, own]): [string, string] => [setting, workPath(folder, setting, own)])
    .sort();
  return { tables, begun: new Map(begun) };
}

/**
 * The tables of a sweep over models that are there: of measures, and of interventions where it made some. Those of its
 * checkpoints are parts of them.
 * @returns undefined for any other folder
 * @throws InputError while there is no table yet
 */
export function tablesOfModels(folder: string): string[] | undefined {
  const [first] = namesIn(join(folder, 'runs'));
  if (first === undefined || openRecord(finishedFolder(folder, first))?.measure !== null) return undefined;
  const tables = [tableName, interventionsName].map((name) => join(folder, name));
  if (existsSync(join(folder, tableName))) return tables.filter((path) => existsSync(path));
  throw new InputError(
    `${folder}: this sweep has no table yet; it is made when bridgescope sweep ends: start it again if it was stopped`,
  );
}

function workPath(folder: string, setting: string, generation: number): string {
  return join(workFolder(folder), `${setting}.${generation}`);
}

function publishFolder(folder: string, setting: string, path: string): void {
  const final = finishedFolder(folder, setting);
  makeFolder(join(folder, 'runs'));
  try {
    renameSync(path, final);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new TakenOver(path);
    if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error;
    // Somebody else has finished it: the same config, and so the same bytes.
    rmSync(path, { recursive: true, force: true });
  }
  rmSync(failureFile(folder, setting), { force: true });
  clearLost(folder, new Set([setting]));
}

/** Removes what those who lost a run before it was finished have written since. @param finished settings of finished runs */
export function clearLost(folder: string, finished: ReadonlySet<string>): void {
  for (const name of namesIn(workFolder(folder))) {
    const setting = name.replace(/\.\d+$/, '');
    if (finished.has(setting)) rmSync(join(workFolder(folder), name), { recursive: true, force: true });
  }
}

/** Notes why a run failed; it is tried again the next time. */
export function noteFailure(folder: string, setting: string, error: string): void {
  writeFileAtomically(failureFile(folder, setting), [`${JSON.stringify({ setting, error }, null, 1)}\n`]);
}

function readFailure(path: string): string {
  try {
    const { error } = JSON.parse(readFileSync(path, 'utf8')) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Somebody may have removed it meanwhile, or edited it.
  }
  return 'failed; the reason is not there any more';
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(`${folder}: cannot be read (${code}); choose another --out`);
  }
}
