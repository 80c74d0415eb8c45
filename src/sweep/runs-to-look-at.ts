import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { tableName } from '../tables/meta.js';
import { runsInside } from './sweep-folder.js';

/**
 * What inputs of `explore` and `report` stand for now. A sweep's folder stands for the tables of its finished runs and the folders of
 * those that are being made (`NAME=PATH`); where it was kept without them, and for a folder that holds a table and no run, for its table.
 * @throws InputError when a sweep has begun no run yet
 */
export function runsToLookAt(given: readonly string[]): string[] {
  return given.flatMap((input) => {
    const table = join(input, tableName);
    const runs = runsInside(input);
    if (runs === undefined) return isTableAlone(input, table) ? [table] : [input];
    const begun = [...runs.begun].map(([setting, path]) => `${setting}=${path}`);
    if (runs.tables.length + begun.length > 0) return [...runs.tables, ...begun];
    if (existsSync(table)) return [table];
    throw new InputError(
      `${input}: this sweep has begun no run yet; try again once bridgescope sweep is at work`,
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
