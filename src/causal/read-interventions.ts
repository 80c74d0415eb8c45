import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { InputError, showValue } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import { familyByName, familyOfConfig } from '../model/families/registry.js';
import { type EditColumns, type InterventionRow, interventionColumns } from './edit-columns.js';
import { editOfColumns } from './edit-of-columns.js';
import { interventionSchemaKey, interventionSchemaVersion } from './intervention-table.js';
import type { EditResult } from './summary.js';
import type { ControlKind, Judgement } from './trial.js';

/** What a table of interventions has of one model. */
export interface ReadInterventions {
  readonly setting: string;
  readonly architecture: Architecture;
  readonly results: readonly EditResult[];
}

/** A table has this many rows at most: a hundred times what a study of a run makes. */
const mostRows = 20_000_000;

/** Whether the bytes are a Parquet table that `intervene` wrote: its metadata says so. */
export function isInterventionTable(bytes: Uint8Array): boolean {
  try {
    return keyValues(parquetMetadata(wholeBuffer(bytes))).has(interventionSchemaKey);
  } catch {
    return false;
  }
}

/**
 * Reads `interventions.parquet`: results by model, in the order of the table.
 * @param file named in errors
 * @throws InputError when it is damaged, of another version, or describes edits that its models cannot have
 */
export async function parseInterventions(bytes: Uint8Array, file: string): Promise<ReadInterventions[]> {
  const buffer = wholeBuffer(bytes);
  const { rows, models } = await readRows(buffer, file);
  const settings = [...new Set(rows.map(({ setting }) => setting))];
  return settings.map((setting) => {
    const architecture = architectureOf(models[setting], `${file}: config of ${setting}`);
    const own = rows.filter((row) => row.setting === setting);
    return { setting, architecture, results: resultsOfRows(own, architecture, file) };
  });
}

/** The rows of such a table as they stand there. @throws InputError as `parseInterventions` */
export function readInterventionRows(
  bytes: Uint8Array,
  file: string,
): Promise<{ rows: InterventionRow[]; models: Readonly<Record<string, unknown>> }> {
  return readRows(wholeBuffer(bytes), file);
}

async function readRows(
  buffer: ArrayBuffer,
  file: string,
): Promise<{ rows: InterventionRow[]; models: Readonly<Record<string, unknown>> }> {
  let metadata: FileMetaData;
  let rows: Record<string, unknown>[];
  let models: unknown;
  try {
    metadata = parquetMetadata(buffer);
    if (metadata.num_rows > BigInt(mostRows)) throw new Error(`it says it has ${metadata.num_rows} rows`);
    const values = keyValues(metadata);
    const version = values.get(interventionSchemaKey);
    if (version !== String(interventionSchemaVersion)) {
      throw new Error(`its columns are of version ${version}, expected ${interventionSchemaVersion}`);
    }
    models = JSON.parse(values.get('bridgescope.models') ?? '{}');
    rows = await parquetReadObjects({ file: buffer, metadata });
  } catch (error) {
    throw new InputError(
      `${file}: cannot be read as a table of interventions: ${(error as Error).message}; make it again with bridgescope intervene`,
    );
  }
  for (const [at, row] of rows.entries()) checkRow(row, at, file);
  return { rows: rows as unknown as InterventionRow[], models: models as Record<string, unknown> };
}

const numbers: ReadonlySet<string> = new Set(['step', 'rel_pos', 'rank', 'donor_step', 'draw', 'value']);
const required: ReadonlySet<string> = new Set(['setting', 'intervention', 'measure']);

function checkRow(row: Record<string, unknown>, at: number, file: string): void {
  for (const name of interventionColumns) {
    const cell = row[name];
    const isRight =
      cell === null || cell === undefined
        ? !required.has(name)
        : typeof cell === (numbers.has(name) ? 'number' : 'string');
    if (isRight) continue;
    throw new InputError(
      `${file}: row ${at + 1}, column ${name}: found ${showValue(cell)}; give a table that bridgescope intervene wrote`,
    );
  }
}

function resultsOfRows(
  rows: readonly InterventionRow[],
  architecture: Architecture,
  file: string,
): EditResult[] {
  const groups = new Map<string, { row: InterventionRow; own: Numbers; draws: Map<number, Numbers> }>();
  const control = new Map<string, ControlKind>();
  for (const row of rows) {
    const name = JSON.stringify([row.step ?? null, columnsOf(row)]);
    const group = groups.get(name) ?? { row, own: {}, draws: new Map() };
    groups.set(name, group);
    if (row.control != null) control.set(name, row.control as ControlKind);
    const numbers = row.control == null ? group.own : (group.draws.get(row.draw ?? 0) ?? {});
    if (row.control != null) group.draws.set(row.draw ?? 0, numbers);
    numbers[row.measure] = row.value ?? Number.NaN;
  }
  return [...groups].map(([name, { row, own, draws }]) => {
    const edit = editOfColumns(columnsOf(row), architecture);
    if (edit === undefined) {
      throw new InputError(
        `${file}: ${row.setting}: ${JSON.stringify(columnsOf(row))} is no edit of a model of ${architecture.layers} layers of ${architecture.heads} heads`,
      );
    }
    const kind = control.get(name);
    return {
      ...{ setting: row.setting, step: row.step ?? null, edit, judgement: own as Judgement },
      control: kind === undefined ? null : { kind, draws: [...draws.values()] },
    };
  });
}

type Numbers = Record<string, number>;

function columnsOf(row: InterventionRow): EditColumns {
  const { intervention, component, heads, sources, what, subspace, subspace_of, rel_pos, rank, donor_step } =
    row;
  const own = { component, heads, sources, what, subspace, subspace_of, rel_pos, rank, donor_step };
  const cells = Object.entries(own).map(([name, cell]) => [name, cell ?? null]);
  return { intervention, ...Object.fromEntries(cells) };
}

/** The architecture of a run's config or of a Hugging Face one. @throws InputError */
function architectureOf(config: unknown, file: string): Architecture {
  const isPublished = typeof config === 'object' && config !== null && 'model_type' in config;
  const family = isPublished ? familyOfConfig(config, file) : familyByName('copying');
  return family.architecture(config, file);
}

function keyValues({ key_value_metadata: pairs }: FileMetaData): Map<string, string> {
  return new Map((pairs ?? []).map(({ key, value }) => [key, value ?? '']));
}

/** The bytes alone: a Node Buffer may be a small part of a larger ArrayBuffer. */
function wholeBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength
    ? buffer
    : new Uint8Array(bytes).buffer;
}
