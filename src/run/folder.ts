import { basename, join, resolve } from 'node:path';
import { InputError, UsageError } from '../errors.js';
import { namesIn, readSmallFile, statusOf } from '../files/folder-listing.js';
import type { ConfigFile, RunConfig } from './config.js';
import { misspellings, parseConfig } from './config.js';
import { countSavedSteps, isSavedStep, savedSteps } from './saved-steps.js';
import { type NameRule, namedSteps, unlikeCheckpoints, weightFileForm } from './step-names.js';

/** One checkpoint file of a run. */
export interface CheckpointFile {
  /** Updates done when it was saved. */
  readonly step: number;
  readonly path: string;
  /** The same step in the other format, to be compared with this one. */
  readonly twin?: string;
  /** Of the state dict to take, where a file has several. */
  readonly key?: string;
}

/** Which files of a folder are the checkpoints, and what of them is the model. */
export interface CheckpointChoice {
  /** A name with {N} for the step, such as `model_{N}.pt`; without it, the usual or the most frequent one. */
  readonly pattern?: string;
  /** Of the state dict to take, where a file has several. */
  readonly key?: string;
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
export function openRun(run: string, choice: CheckpointChoice = {}): RunFolder {
  const { setting, path } = nameRun(run);
  const names = listFolder(path);
  const configFile = names.includes('config.json') ? readConfig(join(path, 'config.json')) : undefined;
  const notes: string[] = [];
  const checkpoints = listCheckpoints(path, names, { config: configFile?.config, ...choice }, notes);
  if (checkpoints.length === 0) {
    const passedOver = notes.map((note) => ` (${note})`).join('');
    const expected =
      choice.pattern === undefined ? 'ckpt_0.pt, ckpt_200.pt, … (or .safetensors)' : choice.pattern;
    throw new InputError(`${path}: no checkpoints found${passedOver}; expected files named ${expected}`);
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
export function openRuns(runs: readonly string[], choice: CheckpointChoice = {}): RunFolder[] {
  const opened = runs.map((run) => openRun(run, choice));
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

function readConfig(path: string): ConfigFile {
  return parseConfig(readSmallFile(path), path);
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
  return namesIn(path);
}

/** Names of checkpoints: a step, after whatever precedes it. */
const checkpointNames: NameRule = {
  form: weightFileForm,
  usual: 'ckpt_',
  never: unlikeCheckpoints,
};

function listCheckpoints(
  folder: string,
  names: readonly string[],
  { config, pattern, key }: { config?: RunConfig | undefined } & CheckpointChoice,
  notes: string[],
): CheckpointFile[] {
  const found = namedSteps(names, checkpointNames, pattern, folder);
  const numbered = new Map(found?.numbered);
  if (found !== undefined && !found.pattern.startsWith('ckpt_{N}.') && pattern === undefined) {
    notes.push(`files named ${found.pattern} are taken for the checkpoints, {N} for their steps`);
  }
  const last = names.filter((name) => /^ckpt\.(?:pt|pth|safetensors)$/.test(name));
  const taken = new Set([...numbered.values()].flat());
  const shown = shownPattern(found?.pattern);
  for (const name of names) {
    if (name.startsWith('ckpt_') && !taken.has(name)) notes.push(passedOver([name], shown));
  }
  const others = (found?.others ?? []).filter((name) => !name.startsWith('ckpt_'));
  if (others.length > 0) notes.push(passedOver(others, shown));
  if (last.length > 0) {
    if (config === undefined) {
      notes.push(`${last[0]} was passed over: without config.json its step is not known`);
    } else if (!numbered.has(config.num_epoch)) numbered.set(config.num_epoch, last);
  }
  return [...numbered]
    .sort(([a], [b]) => a - b)
    .map(([step, files]) => {
      // `.pt` and `.pth` sort before `.safetensors`: the published format is the one that is read.
      const [first = '', second] = [...files].sort();
      return {
        step,
        path: join(folder, first),
        ...(second !== undefined && { twin: join(folder, second) }),
        ...(key !== undefined && { key }),
      };
    });
}

/** One sentence on files whose names are not those of the checkpoints. */
export function passedOver([first = '', ...more]: readonly string[], pattern: string): string {
  if (more.length === 0) return `${first} was passed over: its name is not ${pattern}`;
  return `${first} and ${more.length} more were passed over: their names are not ${pattern}`;
}

/** The published names as the docs spell them. */
function shownPattern(pattern: string | undefined): string {
  return pattern === undefined || pattern.startsWith('ckpt_{N}.') ? 'ckpt_STEP.pt' : pattern;
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
