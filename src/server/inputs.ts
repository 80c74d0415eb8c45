import { UsageError } from '../errors.js';
import { isTableName } from '../tables/read.js';
import { openTable } from '../tables/save.js';
import { FollowedRun, type FollowOptions } from './followed-run.js';
import { isModelFolder, ServedModel, type ServedModelOptions } from './served-model.js';
import type { ServedRun } from './served-run.js';
import { runsOfTable } from './table-run.js';

/** How what inputs stand for is measured: runs, and models. */
export interface InputOptions {
  readonly runs: FollowOptions;
  readonly models: ServedModelOptions;
  readonly version: string;
}

/**
 * Opens a run folder, a model's folder, or every run of a table.
 * @throws InputError when the input is none of these
 */
export async function openInput(
  input: string,
  { runs, models, version }: InputOptions,
): Promise<readonly ServedRun[]> {
  if (!isTableName(input)) {
    return [isModelFolder(input) ? new ServedModel(input, models) : new FollowedRun(input, runs)];
  }
  const { table, metadata } = await openTable(input);
  return runsOfTable(table, metadata, input, version);
}

/**
 * Opens run folders, models and tables.
 * @param inputs paths of folders, `NAME=PATH`, or tables
 * @throws InputError when an input is none of these
 * @throws UsageError when two runs have one name, or ranks or relative positions do not fit a run
 */
export async function openInputs(
  inputs: readonly string[],
  options: InputOptions,
): Promise<{ readonly runs: readonly ServedRun[]; readonly inputOf: (run: ServedRun) => string }> {
  const given = new Map<ServedRun, string>();
  for (const input of inputs) {
    for (const run of await openInput(input, options)) given.set(run, input);
  }
  const names = new Set<string>();
  for (const { name } of given.keys()) {
    if (names.has(name)) {
      throw new UsageError(
        `two runs are named ${name}; tell them apart with NAME=PATH, such as ${name}_2=PATH`,
      );
    }
    names.add(name);
  }
  return { runs: [...given.keys()], inputOf: (run) => given.get(run) ?? run.name };
}
