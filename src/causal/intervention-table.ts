import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { writeFileAtomically } from '../files/atomic-file.js';
import { type InterventionRow, interventionColumns } from './edit-columns.js';

export type InterventionFormat = 'parquet' | 'csv' | 'json';

/** The Parquet file in a folder of results. */
export const interventionsName = 'interventions.parquet';

/** Version of the columns and their meaning. */
export const interventionSchemaVersion = 1;

/** Names the version in the metadata of a Parquet file, and so the kind of the table. */
export const interventionSchemaKey = 'bridgescope.interventions.schema_version';

/** What a table of interventions was made from. */
export interface InterventionMetadata {
  /** Of bridgescope. */
  readonly version: string;
  /** Configs and such, by setting. */
  readonly models: Readonly<Record<string, unknown>>;
}

const integerColumns: ReadonlySet<string> = new Set(['step', 'rel_pos', 'rank', 'donor_step', 'draw']);

/**
 * Writes `interventions.parquet`, `.csv`, `.json` into a folder, and `interventions.meta.json` beside CSV and JSON.
 * @returns the paths written   @throws InputError when the disk does not take them
 */
export function saveInterventions(
  rows: readonly InterventionRow[],
  metadata: InterventionMetadata,
  folder: string,
  formats: readonly InterventionFormat[],
): string[] {
  const saved: string[] = [];
  const save = (name: string, data: Uint8Array | Iterable<string>) => {
    const path = join(folder, name);
    writeFileAtomically(path, data);
    saved.push(path);
  };
  if (formats.includes('parquet')) save(interventionsName, parquetOf(rows, metadata));
  if (formats.includes('csv')) save('interventions.csv', csvOf(rows));
  if (formats.includes('json')) save('interventions.json', [`${JSON.stringify(rows, null, 1)}\n`]);
  if (formats.some((format) => format !== 'parquet')) {
    const beside = {
      schema_version: interventionSchemaVersion,
      bridgescope: metadata.version,
      models: metadata.models,
    };
    save('interventions.meta.json', [`${JSON.stringify(beside, null, 1)}\n`]);
  }
  return saved;
}

function parquetOf(rows: readonly InterventionRow[], { version, models }: InterventionMetadata): Uint8Array {
  const columnData = interventionColumns.map((name) => ({
    name,
    data: rows.map((row) => row[name]),
    type:
      name === 'value'
        ? ('DOUBLE' as const)
        : integerColumns.has(name)
          ? ('INT32' as const)
          : ('STRING' as const),
    nullable: true,
  }));
  const kvMetadata = [
    { key: interventionSchemaKey, value: String(interventionSchemaVersion) },
    { key: 'bridgescope.version', value: version },
    { key: 'bridgescope.models', value: JSON.stringify(models) },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }));
}

/** RFC 4180 with bare newlines: null is an empty field. */
function* csvOf(rows: readonly InterventionRow[]): Generator<string> {
  yield `${interventionColumns.join(',')}\n`;
  for (const row of rows) {
    yield `${interventionColumns.map((name) => field(row[name])).join(',')}\n`;
  }
}

function field(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
