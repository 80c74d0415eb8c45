import type { ColumnChunk, Encoding, ParquetType, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { distinctFloats } from './distinct-floats.js';
import { RunLengthWriter } from './run-lengths.js';

/** A column chunk before its pages: which rows are null, and the encoded values of the others. */
export interface EncodedChunk {
  readonly type: ParquetType;
  readonly encoding: Encoding;
  readonly rows: number;
  readonly nullCount: number;
  /** Definition levels; empty for a column that is never null. */
  readonly levels: Uint8Array;
  readonly body: Uint8Array;
  /** What the body's indexes stand for, plainly encoded. */
  readonly dictionary?: { readonly length: number; readonly body: Uint8Array };
}

/**
 * Writes one column of one row group: a dictionary page if it has a dictionary, then one data page (version 2).
 * Dictionaries and runs are small already; only what stands value by value is compressed.
 */
export function writeChunk(
  writer: ByteWriter,
  { name }: SchemaElement,
  { type, encoding, rows, nullCount, levels, body, dictionary }: EncodedChunk,
): ColumnChunk {
  const start = writer.offset;
  if (dictionary !== undefined) {
    writePageHeader(writer, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: dictionary.body.length,
      compressed_page_size: dictionary.body.length,
      dictionary_page_header: { num_values: dictionary.length, encoding: 'PLAIN' },
    });
    writer.appendBytes(dictionary.body);
  }
  const dataStart = writer.offset;
  const isCompressed = dictionary === undefined && body.length > 0;
  const stored = isCompressed ? snappyCompress(body) : body;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.length + body.length,
    compressed_page_size: levels.length + stored.length,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: nullCount,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: isCompressed,
    },
  });
  writer.appendBytes(levels);
  writer.appendBytes(stored);
  const size = writer.offset - start;
  return {
    file_offset: 0n,
    meta_data: {
      type,
      encodings: [...new Set<Encoding>(['PLAIN', 'RLE', encoding])],
      path_in_schema: [name],
      codec: isCompressed ? 'SNAPPY' : 'UNCOMPRESSED',
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(size + body.length - stored.length),
      total_compressed_size: BigInt(size),
      data_page_offset: BigInt(dataStart),
      ...(dictionary !== undefined && { dictionary_page_offset: BigInt(start) }),
      statistics: { null_count: BigInt(nullCount) },
    },
  };
}

/** Where a column of keys changes: `cells[i]` holds for `counts[i]` rows. */
export interface KeyRuns {
  readonly cells: Int32Array;
  readonly counts: Int32Array;
}

/**
 * Encodes keys that curves share, strings or integers, by a dictionary of those that the chunk uses.
 * @param absent the cell that stands for null; undefined for a column that is never null
 * @param plain appends what a cell stands for, plainly encoded
 */
export function encodeKeys(
  type: ParquetType,
  { cells, counts }: KeyRuns,
  absent: number | undefined,
  plain: (page: ByteWriter, cell: number) => void,
): EncodedChunk {
  const indexOf = new Map<number, number>();
  const page = new ByteWriter();
  for (const cell of cells) {
    if (cell === absent || indexOf.has(cell)) continue;
    indexOf.set(cell, indexOf.size);
    plain(page, cell);
  }
  const levels = new ByteWriter();
  const levelRuns = new RunLengthWriter(levels, 1);
  const body = new ByteWriter();
  const runs = startIndexes(body, indexOf.size);
  let rows = 0;
  let nullCount = 0;
  cells.forEach((cell, at) => {
    const count = counts[at]!;
    rows += count;
    if (cell === absent) nullCount += count;
    else runs.add(indexOf.get(cell)!, count);
    levelRuns.add(cell === absent ? 0 : 1, count);
  });
  runs.finish();
  if (absent !== undefined) levelRuns.finish();
  return {
    type,
    rows,
    nullCount,
    levels: levels.getBytes(),
    ...(nullCount === rows
      ? { encoding: 'PLAIN', body: new Uint8Array() }
      : {
          encoding: 'RLE_DICTIONARY',
          body: body.getBytes(),
          dictionary: { length: indexOf.size, body: page.getBytes() },
        }),
  };
}

/** Steps go up by constants: their differences take next to nothing. */
export function encodeSteps(steps: Int32Array, absent: number): EncodedChunk {
  const { present, ...nulls } = withoutNulls(steps, (from) => steps.indexOf(absent, from));
  const body = new ByteWriter();
  deltaBinaryPack(body, present, 'INT32');
  return { type: 'INT32', encoding: 'DELTA_BINARY_PACKED', ...nulls, body: body.getBytes() };
}

/** Errors repeat from one evaluation to the next, and go by dictionary; values that hardly repeat stand plainly. */
export function encodeValues(values: Float64Array): EncodedChunk {
  const { present, ...nulls } = withoutNulls(values, (from) => nextNaN(values, from));
  const distinct = distinctFloats(present);
  if (distinct === undefined || distinct.values.length === 0) {
    return { type: 'DOUBLE', encoding: 'PLAIN', ...nulls, body: bytesOf(present) };
  }
  const { length } = distinct.values;
  const body = new ByteWriter();
  const runs = startIndexes(body, length);
  distinct.indexes.forEach((index, at) => {
    runs.add(index, distinct.counts[at]!);
  });
  runs.finish();
  return {
    type: 'DOUBLE',
    encoding: 'RLE_DICTIONARY',
    ...nulls,
    body: body.getBytes(),
    dictionary: { length, body: bytesOf(distinct.values) },
  };
}

/** Dictionary indexes: their width, then runs. */
function startIndexes(body: ByteWriter, dictionaryLength: number): RunLengthWriter {
  const bitWidth = Math.max(1, 32 - Math.clz32(dictionaryLength - 1));
  body.appendUint8(bitWidth);
  return new RunLengthWriter(body, bitWidth);
}

/** @param nextNull finds the first null from a row on, -1 where there is none */
function withoutNulls<T extends Int32Array | Float64Array>(
  column: T,
  nextNull: (from: number) => number,
): Pick<EncodedChunk, 'rows' | 'nullCount' | 'levels'> & { readonly present: T } {
  const rows = column.length;
  const levels = new ByteWriter();
  const runs = new RunLengthWriter(levels, 1);
  let present = column;
  let kept = 0;
  for (let from = 0; from < rows; ) {
    const found = nextNull(from);
    const to = found < 0 ? rows : found;
    if (found >= 0 && present === column) present = column.slice() as T;
    if (present !== column) present.set(column.subarray(from, to), kept);
    kept += to - from;
    runs.add(1, to - from);
    if (found >= 0) runs.add(0, 1);
    from = to + 1;
  }
  runs.finish();
  return { rows, nullCount: rows - kept, levels: levels.getBytes(), present: present.subarray(0, kept) as T };
}

/** The typed array's own search is fast from its first call on, but finds only whether there is a NaN. */
function nextNaN(values: Float64Array, from: number): number {
  if (!values.includes(Number.NaN, from)) return -1;
  let at = from;
  while (!Number.isNaN(values[at])) at++;
  return at;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
