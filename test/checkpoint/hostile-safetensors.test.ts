import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/read.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { littleEndian, pickle, refusal, safetensors } from './hostile-archives.js';

const file = 'run/ckpt_0.safetensors';
const refuse = (bytes: Uint8Array) => refusal(() => readCheckpoint(bytes, file), file);
const data = new Uint8Array(8);
const u8 = (begin: number, end: number, more: object = {}) => ({
  dtype: 'U8',
  shape: [end - begin],
  data_offsets: [begin, end],
  ...more,
});
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('headers that lie', () => {
  it.each([
    ['overlap', { a: u8(0, 5), b: u8(4, 8) }, /tensor b starts at byte 4 of the data, expected 5/],
    ['the same bytes', { a: u8(0, 8), b: u8(0, 8) }, /tensor b starts at byte 0 of the data, expected 8/],
    ['a gap', { a: u8(0, 3), b: u8(4, 8) }, /tensor b starts at byte 4 of the data, expected 3/],
    ['a start that is left out', { a: u8(1, 8) }, /starts at byte 1 of the data, expected 0/],
    ['an end that is left out', { a: u8(0, 7) }, /end at byte 7 of 8 bytes/],
    ['no tensors for the data', {}, /end at byte 0 of 8 bytes/],
    ['beyond the file', { a: u8(0, 9) }, /tensor a \(U8 9, 9 bytes\) claims bytes 0 to 9 of 8/],
    ['backwards', { a: u8(0, 0, { data_offsets: [8, 0] }) }, /claims bytes 8 to 0/],
    ['another size', { a: u8(0, 8, { shape: [7] }) }, /U8 7, 7 bytes\) claims bytes 0 to 8/],
    [
      '2^60 elements',
      { a: u8(0, 8, { shape: [2 ** 30, 2 ** 30] }) },
      /1073741824×1073741824, 115292150460684\d+ bytes/,
    ],
    ['sizes no number can hold', { a: u8(0, 8, { shape: [2 ** 60] }) }, /malformed shape/],
    ['endless axes', { a: u8(0, 8, { shape: Array(60).fill(2 ** 50) }) }, /Infinity bytes\) claims/],
    ['a negative size', { a: u8(0, 8, { shape: [-8] }) }, /malformed shape/],
    ['a fraction', { a: u8(0, 8, { shape: [0.5] }) }, /malformed shape/],
    ['sizes in text', { a: u8(0, 8, { shape: ['8'] }) }, /malformed shape/],
    ['no shape', { a: { dtype: 'U8', data_offsets: [0, 8] } }, /malformed shape/],
    ['three offsets', { a: u8(0, 8, { data_offsets: [0, 4, 8] }) }, /malformed offsets/],
    ['negative offsets', { a: u8(0, 8, { data_offsets: [-8, 0] }) }, /malformed offsets/],
    [
      'an unknown format',
      { a: u8(0, 8, { dtype: 'F4' }) },
      /tensor a has format "F4", expected one of BOOL, U8/,
    ],
    [
      'a format of JavaScript',
      { a: u8(0, 8, { dtype: 'constructor' }) },
      /has format "constructor", expected one of/,
    ],
    ['no format', { a: { shape: [8], data_offsets: [0, 8] } }, /has format nothing, expected/],
    ['null for a tensor', { a: null }, /has format nothing/],
    ['a number for a tensor', { a: 5 }, /has format nothing/],
    ['a list', [1], /neither a PyTorch file \(a zip archive\) nor safetensors/],
    ['bad JSON', '{"a":', /header is not valid JSON/],
    ['JSON and more', '{} {}', /header is not valid JSON/],
    [
      'a name twice',
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}',
      /the header has "a" twice/,
    ],
    [
      'a member twice',
      '{"a":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}',
      /the header has "dtype" twice/,
    ],
    [
      'a deeply nested format',
      `{"a":{"dtype":${nested(100_000)},"shape":[8],"data_offsets":[0,8]}}`,
      /has format something deeply nested/,
    ],
    [
      'a deeply nested shape',
      `{"a":{"dtype":"U8","shape":${nested(100_000)},"data_offsets":[0,8]}}`,
      /malformed shape/,
    ],
    ['a name with line ends', { 'a\n\u001b[2J': u8(0, 7), b: null }, /tensor b has format nothing/],
    ['a name of megabytes', { ['n'.repeat(1_000_000)]: u8(0, 9) }, /tensor n+…/],
  ])('%s', (_, header, message) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(refuse(safetensors(header, data))).toMatch(message);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it.each([2n ** 63n, 2n ** 60n, 100n, 5n])('a length of %d', (length) => {
    const bytes = pickle(littleEndian(length, 8), '{}  ');
    expect(refuse(bytes)).toBe(
      `${file}: the header claims ${length} bytes, but 4 follow; copy the file again from where it was written`,
    );
  });

  it('a length of none, or within the JSON', () => {
    expect(refuse(pickle(littleEndian(0, 8), '{}'))).toMatch(/header is not valid JSON/);
    expect(refuse(pickle(littleEndian(1, 8), '{}'))).toMatch(/header is not valid JSON/);
  });

  it('text that is not UTF-8', () => {
    expect(refuse(pickle(littleEndian(4, 8), '{"\xff"}'))).toMatch(/header is not valid JSON/);
  });
});

it('reads names that JavaScript knows, and braces and quotes within names', () => {
  const names = ['__proto__', 'constructor', '{"a":1}', 'a"b\\', '\\', '}', '__metadata'];
  const header = names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(u8(at, at + 1))}`);
  const state = readCheckpoint(safetensors(`{${header.join(',')}}`, Uint8Array.from(names.keys())), file);
  expect([...state].map(([name, tensor]) => [name, toFloat64(tensor)[0]])).toEqual(
    names.map((name, at) => [name, at]),
  );
  expect(Object.prototype).not.toHaveProperty('dtype');
});

it('reads a file without tensors', () => {
  expect(readCheckpoint(safetensors({}), file).size).toBe(0);
  expect(readCheckpoint(safetensors({ __metadata__: { format: 'pt' } }), file).size).toBe(0);
});
