import type { ColumnMetaData, Encoding, SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { snappyUncompress } from 'hyparquet/src/snappy.js';
import { type Runs, readRunLengths } from './run-lengths-read.js';

/** The pages of a column chunk that `writeChunk` has laid out. */
interface Pages {
  /** Where a run of levels is 1, rows have values; undefined where all of them have one. */
  readonly levels: Runs | undefined;
  /** Values that are not null. */
  readonly present: number;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  /** What the body's indexes stand for, plainly encoded, and how many there are. */
  readonly dictionary: { readonly body: Uint8Array; readonly length: number } | undefined;
}

/** A chunk of one column, and how many rows it has to have. */
export interface ChunkSource {
  /** The whole file. */
  readonly bytes: Uint8Array;
  readonly chunk: ColumnMetaData | undefined;
  readonly element: SchemaElement;
  readonly rows: number;
}

/**
 * Reads a chunk of keys as the runs that it was written as, which costs what its runs cost and not its rows.
 * @returns undefined for a chunk that is not laid out as `encodeKeys` does it: a general reader has to read it
 */
export function readKeyRuns(source: ChunkSource): Runs<string | number | null> | undefined {
  const pages = readPages(source);
  if (pages === undefined) return undefined;
  const { levels, present, encoding, body, dictionary } = pages;
  if (present === 0) return { values: [null], ends: [source.rows] };
  if (encoding !== 'RLE_DICTIONARY' || dictionary === undefined) return undefined;
  const cells = source.element.type === 'INT32' ? integersOf(dictionary) : textsOf(dictionary);
  const indexes = readRunLengths(body.subarray(1), body[0] ?? 0, present);
  if (cells === undefined || indexes?.values.every((index) => index < cells.length) !== true)
    return undefined;
  const values: (string | number | null)[] = [];
  const ends: number[] = [];
  // Rows so far, present ones among them, and the run of indexes that holds for the next one.
  let [row, seen, run] = [0, 0, 0];
  const { values: states, ends: stateEnds } = levels ?? { values: [1], ends: [source.rows] };
  states.forEach((state, at) => {
    const end = stateEnds[at]!;
    if (state === 0) {
      values.push(null);
      ends.push(end);
      row = end;
    }
    while (row < end) {
      const count = Math.min(end - row, indexes.ends[run]! - seen);
      row += count;
      seen += count;
      values.push(cells[indexes.values[run]!]!);
      ends.push(row);
      if (seen === indexes.ends[run]) run++;
    }
  });
  return { values, ends };
}

/** Reads a chunk of steps; null is NaN. @returns undefined for a chunk that is not laid out as `encodeSteps` does it */
export function readSteps(source: ChunkSource): Int32Array | Float64Array | undefined {
  const pages = readPages(source);
  if (pages?.encoding !== 'DELTA_BINARY_PACKED') return undefined;
  const present = new Int32Array(pages.present);
  if (present.length > 0) {
    const { buffer, byteOffset, byteLength } = pages.body;
    try {
      deltaBinaryUnpack(
        { view: new DataView(buffer, byteOffset, byteLength), offset: 0 },
        present.length,
        present,
      );
    } catch {
      return undefined;
    }
  }
  return spread(present, pages.levels, source.rows);
}

/** Reads a chunk of values; null is NaN. @returns undefined for a chunk that is not laid out as `encodeValues` does it */
export function readValues(source: ChunkSource): Float64Array | undefined {
  const pages = readPages(source);
  if (pages === undefined) return undefined;
  const { levels, present, encoding, body, dictionary } = pages;
  if (encoding === 'PLAIN') {
    if (body.length !== 8 * present) return undefined;
    return spread(floatsOf(body), levels, source.rows) as Float64Array;
  }
  if (encoding !== 'RLE_DICTIONARY' || dictionary?.body.length !== 8 * (dictionary?.length ?? 0))
    return undefined;
  const distinct = floatsOf(dictionary.body);
  const runs = readRunLengths(body.subarray(1), body[0] ?? 0, present);
  if (runs?.values.every((index) => index < distinct.length) !== true) return undefined;
  const values = new Float64Array(present);
  let from = 0;
  runs.values.forEach((index, at) => {
    values.fill(distinct[index]!, from, runs.ends[at]!);
    from = runs.ends[at]!;
  });
  return spread(values, levels, source.rows) as Float64Array;
}

/** Takes a chunk apart that has one data page (version 2) after at most one dictionary; undefined for any other. */
function readPages({ bytes, chunk, element, rows }: ChunkSource): Pages | undefined {
  if (chunk === undefined) return undefined;
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const end = start + Number(chunk.total_compressed_size);
  if (!(start >= 0 && end <= bytes.length) || rows === 0) return undefined;
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset + start, end - start), offset: 0 };
  try {
    let dictionary: Pages['dictionary'];
    let header = parquetHeader(reader);
    if (header.type === 'DICTIONARY_PAGE') {
      const body = take(bytes, start, reader, header.compressed_page_size);
      const length = header.dictionary_page_header?.num_values ?? 0;
      if (chunk.codec !== 'UNCOMPRESSED' || body === undefined) return undefined;
      dictionary = { body, length };
      header = parquetHeader(reader);
    }
    const page = header.data_page_header_v2;
    const stored = take(bytes, start, reader, header.compressed_page_size);
    if (page?.num_rows !== rows || page.num_values !== rows || stored === undefined) return undefined;
    const levelBytes = page.definition_levels_byte_length;
    const present = rows - page.num_nulls;
    if (page.repetition_levels_byte_length !== 0 || !(present >= 0 && present <= rows)) return undefined;
    if ((element.repetition_type === 'OPTIONAL') !== levelBytes > 0) return undefined;
    const levels = page.num_nulls === 0 ? undefined : readRunLengths(stored.subarray(0, levelBytes), 1, rows);
    if (countOf(levels, rows) !== present) return undefined;
    let body = stored.subarray(levelBytes);
    if (page.is_compressed !== false) {
      if (chunk.codec !== 'SNAPPY') return undefined;
      const size = header.uncompressed_page_size - levelBytes;
      // A few bytes can claim any size.
      if (!(size >= 0 && size <= 16 * present + 1024)) return undefined;
      const whole = new Uint8Array(size);
      snappyUncompress(body, whole);
      body = whole;
    }
    return { levels, present, encoding: page.encoding, body, dictionary };
  } catch {
    return undefined;
  }
}

function take(
  bytes: Uint8Array,
  start: number,
  reader: { offset: number },
  length: number,
): Uint8Array | undefined {
  const from = start + reader.offset;
  if (!(length >= 0 && from + length <= bytes.length)) return undefined;
  reader.offset += length;
  return bytes.subarray(from, from + length);
}

function countOf(levels: Runs | undefined, rows: number): number {
  if (levels === undefined) return rows;
  return levels.values.reduce(
    (sum, level, at) => sum + level * (levels.ends[at]! - (levels.ends[at - 1] ?? 0)),
    0,
  );
}

/** Puts values at the rows that have one. */
function spread<Column extends Int32Array | Float64Array>(
  present: Column,
  levels: Runs | undefined,
  rows: number,
): Column | Float64Array {
  if (levels === undefined) return present;
  const column = new Float64Array(rows).fill(Number.NaN);
  let [row, taken] = [0, 0];
  levels.values.forEach((level, at) => {
    const count = levels.ends[at]! - row;
    if (level === 1) {
      column.set(present.subarray(taken, taken + count), row);
      taken += count;
    }
    row += count;
  });
  return column;
}

/** A copy, since pages begin anywhere. */
function floatsOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer);
}

function integersOf({ body, length }: NonNullable<Pages['dictionary']>): number[] | undefined {
  if (body.length !== 4 * length) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return Array.from({ length }, (_, at) => view.getInt32(4 * at, true));
}

/** A string may begin with what looks like a byte order mark. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function textsOf({ body, length }: NonNullable<Pages['dictionary']>): string[] | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const texts: string[] = [];
  for (let at = 0; at < body.length; ) {
    if (at + 4 > body.length) return undefined;
    const size = view.getUint32(at, true);
    at += 4;
    if (size > body.length - at) return undefined;
    texts.push(decoder.decode(body.subarray(at, at + size)));
    at += size;
  }
  return texts.length === length ? texts : undefined;
}
