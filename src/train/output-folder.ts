import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { optionNames, parseConfig, type RunConfig } from '../run/config.js';
import { manifestName, stateName } from './run-files.js';

/** What to do with a run that is there already: refuse, go on with it, or remove it. */
export type IfThere = 'refuse' | 'resume' | 'overwrite';

const runFile =
  /^(config\.json|err_arr\.json|test(_ood)?\.pth|ckpt(_\d+)?\.(pt|pth|safetensors)|manifest\.json|training_state\.safetensors)$/;

/** What a write that was cut short leaves behind. */
const partialFile = /^\..*\.\d+\.partial$/;

/** Whether the folder holds a run, or part of one. @throws InputError when it is no folder */
export function holdsRun(folder: string): boolean {
  return namesIn(folder).some((name) => runFile.test(name));
}

/**
 * Prepares the output folder of a run.
 * @throws InputError when it holds another run and that is to be refused, or a run of another config that is to be resumed
 */
export function prepareOutput(folder: string, config: RunConfig, ifThere: IfThere): void {
  if (ifThere === 'refuse' && holdsRun(folder)) {
    throw new InputError(
      `${folder}: holds a run already; go on with it with --resume, replace it with --overwrite, or choose another --out`,
    );
  }
  if (ifThere === 'resume') checkSameConfig(folder, config);
  const names = namesIn(folder);
  const remove = (name: string) => rmSync(join(folder, name), { force: true });
  for (const name of names) if (partialFile.test(name)) remove(name);
  if (ifThere !== 'overwrite') return;
  // The state first: what is left of a removal cut short must not be resumed.
  const first = [stateName, manifestName];
  for (const name of [...first, ...names.filter((name) => runFile.test(name))]) remove(name);
}

/** The config of the run in a folder; null where there is none. @throws InputError when it is malformed */
export function configIn(folder: string): RunConfig | null {
  if (!namesIn(folder).includes('config.json')) return null;
  const path = join(folder, 'config.json');
  return parseConfig(readFileSync(path, 'utf8'), path).config;
}

function checkSameConfig(folder: string, config: RunConfig): void {
  const own = configIn(folder);
  if (own === null) {
    if (!holdsRun(folder)) return;
    throw new InputError(
      `${folder}: holds files of a run but no config.json, so it cannot be resumed; start over with --overwrite`,
    );
  }
  const differences = optionNames
    .filter((name) => own[name] !== config[name])
    .map((name) => `${name} ${JSON.stringify(own[name])} there, ${JSON.stringify(config[name])} asked for`);
  if (differences.length === 0) return;
  throw new InputError(
    `${folder}: the run there has another config (${differences.join('; ')}); leave these options out to resume it, or choose another --out`,
  );
}

function namesIn(folder: string): string[] {
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (!status.isDirectory()) {
    throw new InputError(`${folder}: expected a folder for the run, found a file; choose another --out`);
  }
  return readdirSync(folder).sort();
}
