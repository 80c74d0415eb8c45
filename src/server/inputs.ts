import { UsageError } from '../errors.js';
import { isTableName } from '../tables/read.js';
import { openTable } from '../tables/save.js';
import { FollowedRun, type FollowOptions } from './followed-run.js';
import type { ServedRun } from './served-run.js';
import { runsOfTable } from './table-run.js';

/**
 * Opens a run folder, or every run of a table.
 * @throws InputError when the input is neither
 */
export async function openInput(
  input: string,
  options: FollowOptions,
  version: string,
): Promise<readonly ServedRun[]> {
  if (!isTableName(input)) return [new FollowedRun(input, options)];
  const { table, metadata } = await openTable(input);
  return runsOfTable(table, metadata, input, version);
}

/**
 * Opens run folders and tables.
 * @param inputs paths of run folders, `NAME=PATH`, or tables
 * @throws InputError when an input is none of these
 * @throws UsageError when two runs have one name, or ranks or relative positions do not fit a run
 */
export async function openInputs(
  inputs: readonly string[],
  options: FollowOptions,
  version: string,
): Promise<{ readonly runs: readonly ServedRun[]; readonly inputOf: (run: ServedRun) => string }> {
  const given = new Map<ServedRun, string>();
  for (const input of inputs) {
    for (const run of await openInput(input, options, version)) given.set(run, input);
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
