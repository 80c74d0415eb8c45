import { isDeepStrictEqual } from 'node:util';
import type { RunRecord } from '../series/measure-runs.js';

/** Whether a table's record of a setting is that of a model with this config: every entry is there, with the same value. */
export function isSameModel(record: RunRecord, config: unknown): boolean {
  const own = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  return Object.entries(own).every(([key, value]) => isDeepStrictEqual(record.config[key], value));
}
