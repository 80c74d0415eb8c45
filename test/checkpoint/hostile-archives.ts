import { expect } from 'vitest';
import { writeZip, type ZipFile } from '../../src/checkpoint/zip-write.js';
import { InputError } from '../../src/errors.js';

/** Bytes from instructions of a pickle: numbers are bytes, text is latin-1. */
export function pickle(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  const chunks = parts.map((part) =>
    typeof part === 'number'
      ? Uint8Array.of(part)
      : typeof part === 'string'
        ? Uint8Array.from(part, (char) => char.charCodeAt(0))
        : part,
  );
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** BINUNICODE */
export function text(value: string): Uint8Array {
  return pickle('X', littleEndian(value.length, 4), value);
}

/** LONG1 of eight bytes */
export function long(value: bigint): Uint8Array {
  return pickle(0x8a, 8, littleEndian(value, 8));
}

/** The call of `_rebuild_tensor_v2` on a float32 storage that is called "0"; parts are instructions. */
export function tensor(
  shape: string | Uint8Array,
  strides: string | Uint8Array,
  offset: string | Uint8Array = 'K\0',
  count: string | Uint8Array = 'K\x02',
): Uint8Array {
  const storage = pickle('(', text('storage'), 'ctorch\nFloatStorage\n', text('0'), text('cpu'), count, 'tQ');
  return pickle('ctorch._utils\n_rebuild_tensor_v2\n(', storage, offset, shape, strides, 0x89, 'N', 'tR');
}

/** A tuple of one small number. */
export const one = (value: number) => pickle('K', value, 0x85);

/** A PyTorch archive around a pickle, with one storage of two floats called "0". */
export function torchFile(instructions: Uint8Array, ...more: readonly ZipFile[]): Uint8Array {
  return writeZip([
    { name: 'x/data.pkl', bytes: instructions },
    { name: 'x/data/0', bytes: new Uint8Array(Float32Array.of(1, 2).buffer) },
    ...more,
  ]);
}

/** A state dict of one entry called "w". */
export function stateFile(value: string | Uint8Array): Uint8Array {
  return torchFile(pickle(0x80, 2, '}', text('w'), value, 's.'));
}

/** Safetensors bytes around a header. */
export function safetensors(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return pickle(littleEndian(json.length, 8), json, data);
}

export function littleEndian(value: number | bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 0xffn));
}

/** The message of the InputError that reading throws: one line that begins with the file. */
export function refusal(read: () => unknown, file: string): string {
  let message = '';
  try {
    read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    message = error.message;
  }
  expect(message, 'nothing was thrown').not.toBe('');
  expect(message.startsWith(`${file}: `), message).toBe(true);
  expect(message).not.toMatch(/[\p{Cc}]/u);
  expect(message.length).toBeLessThan(2100);
  return message;
}
