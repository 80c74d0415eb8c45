import { InputError, showValue } from '../errors.js';
import { type ByteSource, bytesInMemory } from '../files/byte-source.js';
import { bytesPerElement } from '../tensor/dtype.js';
import { contiguousStrides, elementCount, type StateDict } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { repeatedMember } from './repeated-member.js';
import { metadataName, safetensorsDtypes } from './safetensors-formats.js';
import {
  readEveryTensor,
  type TensorInfo,
  type TensorSource,
  tensorMissing,
  tensorRows,
} from './tensor-source.js';

/** The format's own limit on its header, so that a lying length cannot make a reader swallow a file. */
const headerLimit = 100_000_000;

/** A tensor of the header, and where its bytes lie in the file. */
interface Place extends TensorInfo {
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads safetensors bytes; tensors are views on them. `__metadata__` is dropped.
 * @param file named in errors
 * @throws CheckpointError as `openSafetensors`
 */
export function readSafetensors(bytes: Uint8Array, file: string): StateDict {
  return readEveryTensor(openSafetensors(bytesInMemory(bytes, file)));
}

/**
 * Reads the header of a safetensors file. `__metadata__` is dropped.
 * @returns a source that reads each tensor, or rows of it, from its place
 * @throws CheckpointError for lying lengths, unknown formats, and tensors that overlap or leave gaps
 * Source: the format's description in the safetensors project.
 */
export function openSafetensors(source: ByteSource): TensorSource {
  const file = source.name;
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}; copy the file again from where it was written`);
  };
  const { header, dataStart } = readHeader(source, fail);
  const dataLength = source.size - dataStart;
  const ordered: Place[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name !== metadataName) ordered.push(readEntry(name, entry, dataLength, file, fail));
  }
  ordered.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  for (const { name, begin, end } of ordered) {
    if (begin !== reached) fail(`tensor ${name} starts at byte ${begin} of the data, expected ${reached}`);
    reached = end;
  }
  if (reached !== dataLength) fail(`the tensors end at byte ${reached} of ${dataLength} bytes of data`);
  const places = new Map(ordered.map((place) => [place.name, place]));
  return {
    file,
    names: [...places.keys()],
    info: (name) => {
      const place = places.get(name);
      return place && { ...place, bytes: [dataStart + place.begin, dataStart + place.end] };
    },
    read: (name, range) => {
      const place = places.get(name) ?? tensorMissing(file, name);
      const rows = tensorRows(place, range);
      const length = elementCount(rows.shape) * bytesPerElement[place.dtype];
      const skipped = length === 0 || rows.from === 0 ? 0 : (rows.from * length) / (rows.shape[0] ?? 1);
      return {
        dtype: place.dtype,
        shape: rows.shape,
        strides: contiguousStrides(rows.shape),
        offset: 0,
        storage: source.read(dataStart + place.begin + skipped, length),
      };
    },
  };
}

type Fail = (what: string) => never;

function readHeader(source: ByteSource, fail: Fail): { header: Record<string, unknown>; dataStart: number } {
  const { size } = source;
  if (size < 8) fail(`${size} bytes are too few for a safetensors file`);
  const first = source.read(0, 8);
  const announced = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (announced > BigInt(Math.min(headerLimit, size - 8))) {
    fail(`the header claims ${announced} bytes, but ${size - 8} follow`);
  }
  const dataStart = 8 + Number(announced);
  let text: string;
  let header: unknown;
  try {
    const bytes = source.read(8, dataStart - 8);
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    if (error instanceof InputError) throw error;
    return fail('the header is not valid JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return fail('the header is no JSON object');
  }
  const repeated = repeatedMember(text);
  if (repeated !== undefined) fail(`the header has ${showValue(repeated)} twice`);
  return { header: header as Record<string, unknown>, dataStart };
}

function readEntry(name: string, entry: unknown, dataLength: number, file: string, fail: Fail): Place {
  const { dtype: format, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const dtype = typeof format === 'string' ? safetensorsDtypes.get(format) : undefined;
  if (dtype === undefined) {
    return fail(
      `tensor ${name} has format ${showValue(format)}, expected one of ${[...safetensorsDtypes.keys()].join(', ')}`,
    );
  }
  if (!isWholeList(shape) || !isWholeList(offsets) || offsets.length !== 2) {
    return fail(`tensor ${name} has a malformed shape or malformed offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const size = elementCount(shape) * bytesPerElement[dtype];
  if (begin > end || end > dataLength || end - begin !== size) {
    fail(
      `tensor ${name} (${format} ${shape.join('×')}, ${size} bytes) claims bytes ${begin} to ${end} of ${dataLength}`,
    );
  }
  return { name, dtype, shape, file, begin, end };
}

function isWholeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
