import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { runsBelow } from '../run/runs-below.js';
import { tableName } from '../tables/meta.js';
import { runsInside } from './sweep-folder.js';

/**
 * What inputs of `explore` and `report` stand for now. A sweep's folder stands for the tables of its finished runs and the folders of
 * those that are being made (`NAME=PATH`); where it was kept without them, and for a folder that holds a table and no run, for its table.
 * A folder of run folders stands for these.
 * @throws InputError when a sweep has begun no run yet
 */
export function runsToLookAt(given: readonly string[]): string[] {
  return given.flatMap((input) => {
    const table = join(input, tableName);
    const runs = runsInside(input);
    if (runs === undefined) return isTableAlone(input, table) ? [table] : (runsBelow(input) ?? [input]);
    const begun = [...runs.begun].map(([setting, path]) => `${setting}=${path}`);
    if (runs.tables.length + begun.length > 0) return [...runs.tables, ...begun];
    if (existsSync(table)) return [table];
    throw new InputError(
      `${input}: this sweep has begun no run yet; try again once bridgescope sweep is at work`,
    );
  });
}

/**
 * The run folders that inputs of `measure` stand for: a sweep's folder for its finished runs, a folder of run folders for these,
 * everything else for itself.
 * @throws InputError when a sweep has no finished run, or keeps no checkpoints of them
 */
export function runsToMeasure(given: readonly string[]): string[] {
  return given.flatMap((input) => {
    const sweep = runsInside(input);
    if (sweep === undefined) return runsBelow(input) ?? [input];
    const runs = runsBelow(join(input, 'runs'));
    if (runs !== undefined) return runs;
    const table = join(input, tableName);
    throw new InputError(
      sweep.tables.length > 0
        ? `${input}: this sweep keeps no checkpoints to measure; its runs are measured already, in ${table}`
        : `${input}: this sweep has finished no run yet; try again once bridgescope sweep has made one`,
    );
  });
}

/** Whether a folder holds a table, and neither a run nor its checkpoints. */
function isTableAlone(folder: string, table: string): boolean {
  if (!existsSync(table) || !statSync(folder).isDirectory()) return false;
  return !readdirSync(folder).some(
    (name) => name === 'config.json' || /^ckpt.*\.(pt|safetensors)$/.test(name),
  );
}
