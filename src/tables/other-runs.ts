import { InputError } from '../errors.js';
import { openTable, savedTables } from './save.js';

/**
 * Refuses to write a table over that of other runs, whose numbers it would lose.
 * @param settings of the table that is to be written; it may replace a table of these and no others
 * @throws InputError naming the runs that would be lost
 */
export async function refuseOtherRuns(folder: string, settings: readonly string[]): Promise<void> {
  for (const path of savedTables(folder)) {
    const others = (await settingsOf(path)).filter((setting) => !settings.includes(setting));
    if (others.length === 0) continue;
    const shown = others.slice(0, 3).join(', ') + (others.length > 3 ? ` and ${others.length - 3} more` : '');
    throw new InputError(
      `${path}: holds the measures of ${shown}, which would be lost; choose another --out, or replace them with --overwrite`,
    );
  }
}

/** Runs by the metadata, for a table that has some; else those of its rows. */
async function settingsOf(path: string): Promise<string[]> {
  const { metadata } = await openTable(path, new Set());
  if (metadata !== undefined) return Object.keys(metadata.runs);
  return [...(await openTable(path)).table.setting.values];
}
