import type { FileMetaData, RowGroup, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { columnNames, nullInt, type Table } from '../series/table.js';
import { type TableMetadata, toKeyValues } from './meta.js';
import { type EncodedChunk, encodeKeys, encodeSteps, encodeValues, writeChunk } from './parquet-chunk.js';
import { appendSeal } from './parquet-seal.js';

/** Rows of a row group: what readers with several threads (DuckDB) like to share out. */
const rowsPerGroup = 122_880;

/** `PAR1`, little-endian. */
const magic = 0x3152_4150;

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const integer = { type: 'INT32' } as const;

/** The columns as Parquet declares them; `setting` and `measure` are never null. */
export const parquetSchema: SchemaElement[] = [
  { name: 'bridgescope', num_children: columnNames.length },
  { name: 'setting', repetition_type: 'REQUIRED', ...text },
  { name: 'step', repetition_type: 'OPTIONAL', ...integer },
  { name: 'measure', repetition_type: 'REQUIRED', ...text },
  { name: 'of', repetition_type: 'OPTIONAL', ...text },
  { name: 'writer', repetition_type: 'OPTIONAL', ...text },
  { name: 'reader', repetition_type: 'OPTIONAL', ...text },
  { name: 'rel_pos', repetition_type: 'OPTIONAL', ...integer },
  { name: 'rank', repetition_type: 'OPTIONAL', ...integer },
  { name: 'statistic', repetition_type: 'OPTIONAL', ...text },
  { name: 'value', repetition_type: 'OPTIONAL', type: 'DOUBLE' },
];

/**
 * Writes a table as a Parquet file: keys and repeating values by dictionary, in runs; steps by differences. Equal tables
 * give equal bytes. Keys cost what their curves cost, not their rows: a table of 630 000 rows takes some 0.15 CPU s.
 */
export function writeParquet(table: Table, metadata: TableMetadata): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(Math.max(1 << 16, table.length * 9));
  writer.appendUint32(magic);
  const groups: RowGroup[] = [];
  for (let from = 0; from < table.length; from += rowsPerGroup) {
    groups.push(writeGroup(writer, table, from, Math.min(table.length, from + rowsPerGroup)));
  }
  const footer = {
    version: 2,
    created_by: `bridgescope ${metadata.bridgescope}`,
    schema: parquetSchema,
    num_rows: BigInt(table.length),
    row_groups: groups,
    key_value_metadata: toKeyValues(metadata),
  } satisfies Omit<FileMetaData, 'metadata_length'>;
  const tail = new ByteWriter();
  // The length of the metadata is known, and appended by the callee, once it is written.
  writeMetadata(tail, footer as FileMetaData);
  tail.appendUint32(magic);
  const end = tail.getBytes();
  appendSeal(writer, end);
  writer.appendBytes(end);
  return writer.getBytes();
}

function writeGroup(writer: ByteWriter, table: Table, from: number, to: number): RowGroup {
  const start = writer.offset;
  const curves = curvesBetween(table, from, to);
  const columns = parquetSchema
    .slice(1)
    .map((element) =>
      writeChunk(
        writer,
        element,
        encodeColumn(table, element.name as (typeof columnNames)[number], curves, from, to),
      ),
    );
  return {
    columns,
    total_byte_size: columns.reduce((sum, { meta_data }) => sum + meta_data!.total_uncompressed_size, 0n),
    num_rows: BigInt(to - from),
    total_compressed_size: BigInt(writer.offset - start),
  };
}

/** The curves that a row group holds or has a part of: the first row of each, and how many it has there. */
interface CurveParts {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
}

function curvesBetween({ curveStarts }: Table, from: number, to: number): CurveParts {
  const starts = curveStarts.filter((start, at) => start < to && (curveStarts[at + 1] ?? to) > from);
  const counts = starts.map((start, at) => Math.min(to, starts[at + 1] ?? to) - Math.max(from, start));
  return { starts, counts };
}

function encodeColumn(
  table: Table,
  name: (typeof columnNames)[number],
  { starts, counts }: CurveParts,
  from: number,
  to: number,
): EncodedChunk {
  const runs = (cells: Int32Array) => ({ cells: starts.map((row) => cells[row]!), counts });
  switch (name) {
    case 'step':
      return encodeSteps(table.step.subarray(from, to), nullInt);
    case 'value':
      return encodeValues(table.value.subarray(from, to));
    case 'rel_pos':
    case 'rank':
      return encodeKeys('INT32', runs(table[name]), nullInt, (page, cell) => page.appendInt32(cell));
    default: {
      const { values, codes } = table[name];
      const absent = name === 'setting' || name === 'measure' ? undefined : -1;
      return encodeKeys('BYTE_ARRAY', runs(codes), absent, (page, code) => {
        const bytes = new TextEncoder().encode(values[code]);
        page.appendUint32(bytes.length);
        page.appendBytes(bytes);
      });
    }
  }
}
