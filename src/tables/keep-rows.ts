import { appendCurves } from '../series/append-curves.js';
import type { RunRecord } from '../series/measure-runs.js';
import { type Table, TableBuilder } from '../series/table.js';
import { isSameModel } from './same-model.js';
import { openTable, savedTables } from './save.js';

/**
 * Adds to a new table those rows of the one it replaces that another command wrote about the same models.
 * @param runs the records of the new table's settings   @param folder where the table is going to be written
 * @param measures of the rows to keep
 * @returns the table itself where there is nothing to keep
 */
export async function keepRows(
  table: Table,
  runs: Readonly<Record<string, RunRecord>>,
  folder: string,
  measures: ReadonlySet<string>,
): Promise<Table> {
  const [path] = savedTables(folder);
  if (path === undefined) return table;
  const before = await openTable(path, measures);
  const records = before.metadata?.runs ?? {};
  if (before.table.length === 0) return table;
  const isKept = (setting: string) => {
    const [record, now] = [records[setting], runs[setting]];
    return record !== undefined && now !== undefined && isSameModel(record, now.config);
  };
  const builder = new TableBuilder();
  appendCurves(builder, table, () => true);
  appendCurves(builder, before.table, ({ setting }) => isKept(setting));
  return builder.build();
}
