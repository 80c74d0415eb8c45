import { showValue } from '../errors.js';
import { bytesPerElement, type DType } from '../tensor/dtype.js';
import { toBytes } from '../tensor/encode.js';
import { contiguousStrides, elementCount, type StateDict, type Tensor } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';

const formats: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  U16: 'uint16',
  I16: 'int16',
  U32: 'uint32',
  I32: 'int32',
  U64: 'uint64',
  I64: 'int64',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
  F8_E8M0: 'float8_e8m0fnu',
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  C64: 'complex64',
};
const formatOf = new Map(Object.entries(formats).map(([format, dtype]) => [dtype, format]));
const formatNames = new Map(Object.entries(formats));

const metadataName = '__metadata__';

/** The format's own limit on its header, so that a lying length cannot make a reader swallow a file. */
const headerLimit = 100_000_000;

/**
 * Reads safetensors bytes; tensors are views on them. `__metadata__` is dropped.
 * @param file named in errors
 * @throws CheckpointError for lying lengths, unknown formats, and tensors that overlap or leave gaps
 * Source: the format's description in the safetensors project.
 */
export function readSafetensors(bytes: Uint8Array, file: string): StateDict {
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}; copy the file again from where it was written`);
  };
  const { header, dataStart } = readHeader(bytes, fail);
  const data = bytes.subarray(dataStart);
  const places: { name: string; tensor: Tensor; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataName) continue;
    places.push({ name, ...readEntry(name, entry, data, fail) });
  }
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  for (const { name, begin, end } of places) {
    if (begin !== reached) fail(`tensor ${name} starts at byte ${begin} of the data, expected ${reached}`);
    reached = end;
  }
  if (reached !== data.length) fail(`the tensors end at byte ${reached} of ${data.length} bytes of data`);
  return new Map(places.map(({ name, tensor }) => [name, tensor]));
}

type Fail = (what: string) => never;

function readHeader(bytes: Uint8Array, fail: Fail): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) fail(`${bytes.length} bytes are too few for a safetensors file`);
  const announced = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (announced > BigInt(Math.min(headerLimit, bytes.length - 8))) {
    fail(`the header claims ${announced} bytes, but ${bytes.length - 8} follow`);
  }
  const dataStart = 8 + Number(announced);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
    header = JSON.parse(text);
  } catch {
    return fail('the header is not valid JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return fail('the header is no JSON object');
  }
  const repeated = repeatedMember(text);
  if (repeated !== undefined) fail(`the header has ${showValue(repeated)} twice`);
  return { header: header as Record<string, unknown>, dataStart };
}

/** The first name that occurs twice in one object of a valid JSON text; `JSON.parse` would keep the last in silence. */
function repeatedMember(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string, after] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (string !== undefined && after !== undefined) {
      const name = JSON.parse(string) as string;
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return undefined;
}

function readEntry(name: string, entry: unknown, data: Uint8Array, fail: Fail) {
  const { dtype: format, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const dtype = typeof format === 'string' ? formatNames.get(format) : undefined;
  if (dtype === undefined) {
    return fail(
      `tensor ${name} has format ${showValue(format)}, expected one of ${[...formatNames.keys()].join(', ')}`,
    );
  }
  if (!isWholeList(shape) || !isWholeList(offsets) || offsets.length !== 2) {
    return fail(`tensor ${name} has a malformed shape or malformed offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const size = elementCount(shape) * bytesPerElement[dtype];
  if (begin > end || end > data.length || end - begin !== size) {
    fail(
      `tensor ${name} (${format} ${shape.join('×')}, ${size} bytes) claims bytes ${begin} to ${end} of ${data.length}`,
    );
  }
  const tensor = {
    dtype,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    storage: data.subarray(begin, end),
  };
  return { tensor, begin, end };
}

function isWholeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/**
 * Writes tensors as safetensors, in the order of the state dict, row-major, the header padded so that data is aligned to 8 bytes.
 * @throws CheckpointError when a tensor has the one name that the format keeps for itself, or a number format it lacks
 */
export function writeSafetensors(state: StateDict, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const header = new Map<string, unknown>();
  if (metadata !== undefined) header.set(metadataName, metadata);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, tensor] of state) {
    if (name === metadataName) throw new CheckpointError(`a tensor cannot be called ${name} in safetensors`);
    const format = formatOf.get(tensor.dtype);
    if (format === undefined) {
      throw new CheckpointError(
        `tensor ${name} is ${tensor.dtype}, which safetensors cannot hold; save it as .pt`,
      );
    }
    const part = toBytes(tensor);
    header.set(name, {
      dtype: format,
      shape: tensor.shape,
      data_offsets: [at, at + part.length],
    });
    parts.push(part);
    at += part.length;
  }
  const text = new TextEncoder().encode(jsonObject(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + at).fill(0x20, 8 + text.length, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  let position = 8 + padded;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** JSON in the order of the map; an object would move names like "1" to the front, and `__proto__` would vanish. */
function jsonObject(entries: ReadonlyMap<string, unknown>): string {
  return `{${[...entries].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
