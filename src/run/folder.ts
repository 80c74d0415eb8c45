import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InputError, UsageError } from '../errors.js';
import type { ConfigFile, RunConfig } from './config.js';
import { misspellings, parseConfig } from './config.js';
import { countSavedSteps, isSavedStep, savedSteps } from './saved-steps.js';

/** One checkpoint file of a run. */
export interface CheckpointFile {
  /** Updates done when it was saved. */
  readonly step: number;
  readonly path: string;
  /** The same step in the other format, to be compared with this one. */
  readonly twin?: string;
}

/** A folder of checkpoints: what a training run left behind. */
export interface RunFolder {
  /** Name of the run in tables and figures. */
  readonly setting: string;
  readonly path: string;
  /** From `config.json`; undefined where there is none and its options have to come from elsewhere. */
  readonly configFile?: ConfigFile;
  /** In order of step. */
  readonly checkpoints: readonly CheckpointFile[];
  /** Path of `err_arr.json` where there is one. */
  readonly errorFile?: string;
  /** What the folder lacks or what was passed over, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Lists a run folder without opening its checkpoints.
 * @param run the folder's path, or `NAME=PATH` to choose the name of the setting
 * @throws InputError when it is no folder of checkpoints or its config is malformed
 */
export function openRun(run: string): RunFolder {
  const { setting, path } = nameRun(run);
  const names = listFolder(path);
  const configFile = names.includes('config.json') ? readConfig(join(path, 'config.json')) : undefined;
  const notes: string[] = [];
  const checkpoints = listCheckpoints(path, names, configFile?.config, notes);
  if (checkpoints.length === 0) {
    const passedOver = notes.map((note) => ` (${note})`).join('');
    throw new InputError(
      `${path}: no checkpoints found${passedOver}; expected files named ckpt_0.pt, ckpt_200.pt, … (or .safetensors)`,
    );
  }
  if (configFile !== undefined) {
    notes.push(...misspellings(configFile));
    noteMissingSteps(configFile.config, checkpoints, notes);
  }
  const hasErrors = names.includes('err_arr.json');
  if (!hasErrors) notes.push('no err_arr.json: the figures have no error curves');
  return {
    setting,
    path,
    checkpoints,
    notes,
    ...(configFile && { configFile }),
    ...(hasErrors && { errorFile: join(path, 'err_arr.json') }),
  };
}

/** Opens several runs. @throws UsageError when two of them have the same name */
export function openRuns(runs: readonly string[]): RunFolder[] {
  const opened = runs.map(openRun);
  const byName = new Map<string, RunFolder>();
  for (const run of opened) {
    const other = byName.get(run.setting);
    if (other !== undefined) {
      throw new UsageError(
        `two runs are named ${run.setting} (${other.path} and ${run.path}); tell them apart with NAME=PATH, such as ${run.setting}_2=${run.path}`,
      );
    }
    byName.set(run.setting, run);
  }
  return opened;
}

/** The name and the path of a run: `NAME=PATH`, or a path whose last part is the name. @throws UsageError */
export function nameRun(run: string): { setting: string; path: string } {
  const equals = run.indexOf('=');
  const name = run.slice(0, Math.max(equals, 0));
  const isNamed = equals > 0 && !/[/\\]/.test(name) && !exists(run);
  const path = isNamed ? run.slice(equals + 1) : run;
  const setting = isNamed ? name : basename(resolve(path));
  const isControl = [...setting].some((char) => char < ' ' || char === '\u007f');
  if (setting === '' || setting === '.' || setting === '..' || setting.length > 200 || isControl) {
    throw new UsageError(
      `${JSON.stringify(run)}: ${JSON.stringify(setting)} cannot name a setting; give it a name with NAME=PATH`,
    );
  }
  return { setting, path };
}

function exists(path: string): boolean {
  return statusOf(path) !== undefined;
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): InputError {
  const { code } = error as NodeJS.ErrnoException;
  return new InputError(`${path}: cannot be read (${code}); check the path and its permissions`);
}

function listFolder(path: string): string[] {
  const status = statusOf(path);
  if (status === undefined) {
    throw new InputError(`${path}: no such folder; give the path of a folder with ckpt_*.pt files`);
  }
  if (!status.isDirectory()) {
    throw new InputError(
      `${path}: expected a run folder, found a file; give the folder that holds the checkpoints`,
    );
  }
  try {
    return readdirSync(path).sort();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The file is small by nature; the limit keeps a wrong file from being swallowed whole. */
const configBytesLimit = 1 << 20;

function readConfig(path: string): ConfigFile {
  const status = statusOf(path);
  if (!status?.isFile()) throw new InputError(`${path}: expected a file, found a folder or a broken link`);
  if (status.size > configBytesLimit) {
    throw new InputError(
      `${path}: ${status.size} bytes are too many for a config (limit ${configBytesLimit}); restore it from the training run`,
    );
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
  return parseConfig(text, path);
}

/** Steps fill 32-bit columns. */
const lastStep = 2 ** 31 - 1;

const checkpointName = /^ckpt(?:_(0|[1-9]\d{0,9}))?\.(pt|pth|safetensors)$/;

function listCheckpoints(
  folder: string,
  names: readonly string[],
  config: RunConfig | undefined,
  notes: string[],
): CheckpointFile[] {
  const numbered = new Map<number, string[]>();
  const last: string[] = [];
  for (const name of names) {
    const match = checkpointName.exec(name);
    if (match === null || Number(match[1] ?? 0) > lastStep) {
      if (name.startsWith('ckpt_')) notes.push(`${name} was passed over: its name is not ckpt_STEP.pt`);
      continue;
    }
    const [, digits] = match;
    if (digits === undefined) last.push(name);
    else numbered.set(Number(digits), [...(numbered.get(Number(digits)) ?? []), name]);
  }
  if (last.length > 0) {
    if (config === undefined) {
      notes.push(`${last[0]} was passed over: without config.json its step is not known`);
    } else if (!numbered.has(config.num_epoch)) numbered.set(config.num_epoch, last);
  }
  return [...numbered]
    .sort(([a], [b]) => a - b)
    .map(([step, files]) => {
      // `.pt` and `.pth` sort before `.safetensors`: the published format is the one that is read.
      const [first, second] = files.sort();
      return {
        step,
        path: join(folder, first!),
        ...(second !== undefined && { twin: join(folder, second) }),
      };
    });
}

function noteMissingSteps(config: RunConfig, checkpoints: readonly CheckpointFile[], notes: string[]): void {
  const present = new Set(checkpoints.map(({ step }) => step));
  const expected = countSavedSteps(config);
  const missing = expected - checkpoints.filter(({ step }) => isSavedStep(config, step)).length;
  if (missing === 0) return;
  const first: number[] = [];
  for (const step of savedSteps(config)) {
    if (!present.has(step)) first.push(step);
    if (first.length === 5) break;
  }
  const some = first.join(', ');
  notes.push(
    `${missing} of the ${expected} checkpoints that config.json announces are not there (steps ${some}${missing > 5 ? ', …' : ''})`,
  );
}
