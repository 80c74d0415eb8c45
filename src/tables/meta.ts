import { InputError } from '../errors.js';
import type { RunRecord } from '../series/measure-runs.js';

/** Version of the table's columns and their meaning; it changes when columns are added or change their meaning: 2 adds `writer` and `reader`. */
export const schemaVersion = 2;

/** Name of the table in a folder that `measure` or `sweep` wrote. */
export const tableName = 'measures.parquet';

/** What a table was made from: goes into the Parquet file, and beside CSV and JSON as `measures.meta.json`. */
export interface TableMetadata {
  readonly schema_version: number;
  /** Version of bridgescope that measured. */
  readonly bridgescope: string;
  /** Config and checkpoint hashes of each run, by setting. */
  readonly runs: Readonly<Record<string, RunRecord>>;
}

/** The metadata of a table measured now. */
export function tableMetadata(version: string, runs: TableMetadata['runs']): TableMetadata {
  return { schema_version: schemaVersion, bridgescope: version, runs };
}

/** Names the metadata file of a table: `measures.csv` has `measures.meta.json`. */
export function metadataName(table: string): string {
  return table.replace(/\.[^./\\]*$/, '.meta.json');
}

/** Keys under which the metadata stands in a Parquet file. */
const parquetKeys = {
  schemaVersion: 'bridgescope.schema_version',
  version: 'bridgescope.version',
  runs: 'bridgescope.runs',
} as const;

export interface KeyValue {
  key: string;
  value?: string;
}

/** The metadata as key-value pairs of a Parquet file; runs are JSON. */
export function toKeyValues(metadata: TableMetadata): KeyValue[] {
  return [
    { key: parquetKeys.schemaVersion, value: String(metadata.schema_version) },
    { key: parquetKeys.version, value: metadata.bridgescope },
    { key: parquetKeys.runs, value: JSON.stringify(metadata.runs) },
  ];
}

/**
 * Reads the metadata back from a Parquet file's key-value pairs.
 * @returns undefined when the file has none of ours, which is fine: any tool may have written the table
 * @throws InputError when the table is of a later schema or the metadata is malformed
 */
export function fromKeyValues(pairs: readonly KeyValue[], file: string): TableMetadata | undefined {
  const values = new Map(pairs.map(({ key, value }) => [key, value]));
  const version = values.get(parquetKeys.schemaVersion);
  if (version === undefined) return undefined;
  const runs = parseJson(values.get(parquetKeys.runs) ?? '{}', file);
  return checkMetadata(
    { schema_version: Number(version), bridgescope: values.get(parquetKeys.version), runs },
    file,
  );
}

/**
 * Reads a `measures.meta.json`.
 * @throws InputError when it is malformed or belongs to a later schema
 */
export function parseMetadata(text: string, file: string): TableMetadata {
  return checkMetadata(parseJson(text, file), file);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: its metadata is not JSON (${(error as Error).message}); measure again`);
  }
}

function checkMetadata(found: unknown, file: string): TableMetadata {
  const { schema_version: schema, bridgescope, runs } = isRecord(found) ? found : {};
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 1) {
    throw new InputError(`${file}: expected metadata with a whole schema_version from 1; measure again`);
  }
  if (schema > schemaVersion) {
    throw new InputError(
      `${file}: has table schema ${schema}, but this version reads ${schemaVersion}; update bridgescope`,
    );
  }
  if (typeof bridgescope !== 'string' || !isRecord(runs)) {
    throw new InputError(`${file}: expected metadata with a bridgescope version and runs; measure again`);
  }
  for (const [setting, run] of Object.entries(runs)) {
    if (!isRecord(run) || !isRecord(run['config']) || !isRecord(run['checkpoints'])) {
      throw new InputError(`${file}: metadata of run ${setting} lacks config and checkpoints; measure again`);
    }
  }
  return { schema_version: schema, bridgescope, runs: runs as TableMetadata['runs'] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
