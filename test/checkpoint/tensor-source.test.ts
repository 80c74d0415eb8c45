import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoint/open.js';
import { openEverySource, openTensorSource } from '../../src/checkpoint/open-source.js';
import { openTensorFile } from '../../src/checkpoint/read.js';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { readEveryTensor, rowsOfTensor, sourceOfState } from '../../src/checkpoint/tensor-source.js';
import { writeTorchFile } from '../../src/checkpoint/torch-write.js';
import { InputError } from '../../src/errors.js';
import { type ByteSource, bytesInMemory } from '../../src/files/byte-source.js';
import { openFile } from '../../src/files/open-file.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { fromFloat32 } from '../../src/tensor/encode.js';
import type { StateDict } from '../../src/tensor/tensor.js';
import { describeTensor, golden, goldenBytes, goldenPath } from './golden-files.js';
import { littleEndian, pickle, refusal } from './hostile-archives.js';
import { writeShards } from './sharded-files.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgescope-source-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const checkpoints = [...golden].filter(([file]) => !file.startsWith('test'));

const counted = (values: number, shape: readonly number[]) =>
  fromFloat32(
    Float32Array.from({ length: values }, (_, at) => at),
    shape,
  );

const model: StateDict = new Map([
  ['embedding', counted(40, [10, 4])],
  ['layer.0', counted(16, [4, 4])],
  ['layer.1', counted(16, [4, 4])],
]);

/** A source that notes what is read of it. */
function watched(source: ByteSource): ByteSource & { readonly reads: [number, number][] } {
  const reads: [number, number][] = [];
  return {
    ...source,
    reads,
    read: (offset, length) => {
      reads.push([offset, length]);
      return source.read(offset, length);
    },
  };
}

describe('a source gives what the whole file gives', () => {
  it.each(checkpoints)('%s', (file, expected) => {
    const source = openTensorSource(goldenPath(file));
    expect(source.names.map((name) => describeTensor(name, source.read(name)))).toEqual(
      expected.map(({ name, dtype, shape, values }) => ({ name, dtype, shape, values: values.map(Number) })),
    );
    for (const { name, dtype, shape } of expected) {
      expect(source.info(name)).toMatchObject({ name, dtype, shape, file: goldenPath(file) });
    }
  });

  it.each(checkpoints)('%s, row by row', (file) => {
    const source = openTensorSource(goldenPath(file));
    for (const [name, tensor] of openCheckpoint(goldenPath(file)).state) {
      const [height = 0] = tensor.shape;
      for (let from = 0; from < height; from++) {
        for (const count of [1, height - from]) {
          const rows = source.read(name, { from, count });
          expect(rows.shape).toEqual([count, ...tensor.shape.slice(1)]);
          expect(toFloat64(rows)).toEqual(toFloat64(rowsOfTensor(tensor, { from, count })));
        }
      }
      expect(() => source.read(name, { from: 1, count: height })).toThrow(/are not among them/);
      expect(() => source.read(name, { from: -1, count: 1 })).toThrow(/are not among them/);
    }
    expect(() => source.read('absent')).toThrow(/tensor absent is missing/);
    expect(source.info('absent')).toBeUndefined();
  });
});

describe('no more is read than is asked for', () => {
  it.each([
    ['safetensors', writeSafetensors(model)],
    ['a PyTorch file', writeTorchFile(model, 'model')],
  ])('of %s', (_, bytes) => {
    const bytesRead = watched(bytesInMemory(bytes, 'f'));
    const source = openTensorFile(bytesRead);
    bytesRead.reads.length = 0;
    expect([...toFloat64(source.read('embedding', { from: 3, count: 2 }))]).toEqual([
      12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    expect(bytesRead.reads.map(([, length]) => length)).toEqual([32]);
    source.read('layer.1');
    expect(bytesRead.reads.map(([, length]) => length)).toEqual([32, 64]);
  });

  it('of a safetensors file of 13 GB: its header, and the rows', () => {
    const path = join(folder, 'sparse.safetensors');
    const rows = 2 ** 20;
    const bytes = 4 * 3072 * rows;
    const header = JSON.stringify({
      wte: { dtype: 'F32', shape: [rows, 3072], data_offsets: [0, bytes] },
      last: { dtype: 'F32', shape: [2], data_offsets: [bytes, bytes + 8] },
    });
    const file = openSync(path, 'w');
    const start = writeSync(file, pickle(littleEndian(header.length, 8), header));
    ftruncateSync(file, start + bytes + 8);
    writeSync(file, new Uint8Array(Float32Array.of(5, 6).buffer), 0, 8, start + bytes);
    closeSync(file);
    const source = openTensorSource(path);
    expect([...toFloat64(source.read('last'))]).toEqual([5, 6]);
    expect(toFloat64(source.read('wte', { from: rows - 1, count: 1 })).length).toBe(3072);
    expect(refusal(() => source.read('wte'), path)).toMatch(/12884901888 bytes are more than can be held/);
  });
});

describe('checksums of PyTorch files', () => {
  it('are checked when an entry is read whole', () => {
    const bytes = writeTorchFile(model, 'model');
    const damaged = bytes.slice();
    const at = bytes.findIndex((_, from) =>
      new Uint8Array(Float32Array.of(1, 2, 3).buffer).every((byte, k) => bytes[from + k] === byte),
    );
    damaged[at]! ^= 1;
    const source = openTensorFile(bytesInMemory(damaged, 'f.pt'));
    expect(refusal(() => source.read('embedding'), 'f.pt')).toMatch(/"model\/data\/0" has checksum/);
    expect(toFloat64(source.read('layer.1'))[3]).toBe(3);
  });
});

describe('a file that changes while it is read', () => {
  const place = (name: string) => {
    const path = join(folder, name);
    writeFileSync(path, writeSafetensors(model));
    return { path, source: openTensorSource(path) };
  };

  it.each([
    ['shrinks', (path: string) => truncateSync(path, 100), /it had \d+ bytes and has 100/],
    ['grows', (path: string) => appendFileSync(path, 'x'), /it had \d+ bytes and has \d+/],
    [
      'is replaced',
      (path: string) => {
        writeFileSync(`${path}.new`, readFileSync(path));
        renameSync(`${path}.new`, path);
      },
      /it was written to or replaced/,
    ],
    [
      'is written to',
      (path: string) => writeFileSync(path, readFileSync(path)),
      /it was written to or replaced/,
    ],
  ])('%s', (how, change, message) => {
    const { path, source } = place(`${how.replaceAll(' ', '_')}.safetensors`);
    source.read('layer.0');
    change(path);
    const said = refusal(() => source.read('layer.0'), path);
    expect(said).toMatch(/changed while it was read/);
    expect(said).toMatch(message);
  });

  it('or goes away', () => {
    const { path, source } = place('gone.safetensors');
    rmSync(path);
    expect(refusal(() => source.read('layer.0'), path)).toMatch(/cannot be read \(ENOENT\)/);
  });

  it('gives no bytes beyond its end', () => {
    const { path } = place('end.safetensors');
    const file = openFile(path);
    expect(refusal(() => file.read(file.size - 1, 2), path)).toMatch(/are not within its \d+ bytes/);
    expect(refusal(() => file.read(-1, 2), path)).toMatch(/are not within/);
    expect(file.read(file.size, 0).length).toBe(0);
  });
});

describe('shards', () => {
  const states = (...names: string[]): StateDict => new Map(names.map((name) => [name, model.get(name)!]));
  let made = 0;
  const inFolder = (...rest: Parameters<typeof writeShards> extends [string, ...infer R] ? R : never) => {
    const path = mkdtempSync(join(folder, `shards_${made++}_`));
    return { path, index: writeShards(path, ...rest) };
  };

  it.each(['safetensors', 'bin'])('of %s are one source', (kind) => {
    const { index } = inFolder({
      [`a.${kind}`]: states('embedding'),
      [`b.${kind}`]: states('layer.0', 'layer.1'),
    });
    const source = openTensorSource(index);
    expect(source.file).toBe(index);
    const found = readEveryTensor(source);
    expect([...found.keys()]).toEqual([...model.keys()]);
    for (const [name, tensor] of model) expect(toFloat64(found.get(name)!)).toEqual(toFloat64(tensor));
    expect([...toFloat64(source.read('embedding', { from: 9, count: 1 }))]).toEqual([36, 37, 38, 39]);
    expect(openEverySource(index).names).toEqual(source.names);
  });

  it('are opened when one of their tensors is asked for', () => {
    const { path, index } = inFolder({
      'a.safetensors': states('embedding'),
      'b.safetensors': states('layer.0'),
    });
    writeFileSync(join(path, 'b.safetensors'), 'damaged');
    const source = openTensorSource(index);
    expect(source.names).toEqual(['embedding', 'layer.0']);
    expect(source.info('embedding')!.file).toBe(join(path, 'a.safetensors'));
    expect(toFloat64(source.read('embedding'))[1]).toBe(1);
    expect(refusal(() => source.read('layer.0'), join(path, 'b.safetensors'))).toMatch(
      /neither a PyTorch file/,
    );
    rmSync(join(path, 'b.safetensors'));
    expect(refusal(() => source.info('layer.0'), join(path, 'b.safetensors'))).toMatch(/no such file/);
  });

  it('that contradict the index are refused', () => {
    const two = { 'a.safetensors': states('embedding', 'layer.0'), 'b.safetensors': states('layer.1') };
    const lacking = inFolder(two, {
      embedding: 'a.safetensors',
      'layer.0': 'b.safetensors',
      'layer.1': 'b.safetensors',
    });
    const [a, b] = ['a.safetensors', 'b.safetensors'].map((name) => join(lacking.path, name));
    const source = openTensorSource(lacking.index);
    expect(refusal(() => source.read('layer.1'), b!)).toMatch(
      /lacks tensor layer\.0, which .*index\.json says/,
    );
    expect(refusal(() => source.read('embedding'), a!)).toMatch(
      /holds tensor layer\.0, which .*index\.json says is in b\.safetensors: it would be there twice/,
    );
  });

  it('with a tensor in two of them are refused', () => {
    const { path, index } = inFolder(
      { 'a.safetensors': states('embedding', 'layer.0'), 'b.safetensors': states('layer.0') },
      { embedding: 'a.safetensors', 'layer.0': 'b.safetensors' },
    );
    const source = openTensorSource(index);
    expect(refusal(() => source.read('embedding'), join(path, 'a.safetensors'))).toMatch(/there twice/);
  });

  it.each([
    '../secret.safetensors',
    '/etc/passwd',
    'sub/a.safetensors',
    'sub\\a.safetensors',
    'C:a.safetensors',
    '..',
    '.',
    '',
    'a\0.safetensors',
    'x'.repeat(256),
    null,
    5,
    ['a.safetensors'],
    { a: 1 },
  ])('outside the folder are refused: %j', (shard) => {
    const { index } = inFolder({ 'a.safetensors': states('embedding') });
    writeFileSync(index, JSON.stringify({ weight_map: { embedding: shard } }));
    expect(refusal(() => openTensorSource(index), index)).toMatch(/not the name of a file beside it/);
  });

  it.each([
    ['no JSON', '{"weight_map": {', /not valid JSON/],
    ['a list', '[]', /expected "weight_map"/],
    ['null', 'null', /expected "weight_map"/],
    ['no map', '{"metadata": {}}', /expected "weight_map"/],
    ['a list for the map', '{"weight_map": ["a"]}', /expected "weight_map"/],
    ['a name twice', '{"weight_map": {"w": "a.bin", "w": "b.bin"}}', /has "w" twice/],
    ['two maps', '{"weight_map": {"w": "a.bin"}, "weight_map": {}}', /has "weight_map" twice/],
    ['megabytes of brackets', '['.repeat(1_000_000), /not valid JSON/],
  ])('by an index of %s', (_, text, message) => {
    const path = join(folder, 'bad.index.json');
    writeFileSync(path, text);
    expect(refusal(() => openTensorSource(path), path)).toMatch(message);
  });

  it('by any index end in tensors or in one line', () => {
    const { path, index } = inFolder({
      'a.safetensors': states('embedding'),
      'b.safetensors': states('layer.0'),
    });
    const name = fc.constantFrom('embedding', 'layer.0', 'layer.1', '__proto__', 'weight_map');
    const shard = fc.oneof(
      fc.constantFrom('a.safetensors', 'b.safetensors', 'c.safetensors', '../a.safetensors'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(name, shard), fc.jsonValue()), (map) => {
        writeFileSync(index, JSON.stringify({ weight_map: map }));
        try {
          const source = openTensorSource(index);
          for (const found of source.names) source.read(found);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message.startsWith(path)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('a state dict in memory is a source', () => {
  const source = sourceOfState(model, 'memory');
  expect(source.names).toEqual([...model.keys()]);
  expect(source.info('layer.0')).toEqual({
    name: 'layer.0',
    dtype: 'float32',
    shape: [4, 4],
    file: 'memory',
  });
  expect([...toFloat64(source.read('embedding', { from: 1, count: 1 }))]).toEqual([4, 5, 6, 7]);
  expect(() => source.read('embedding', { from: 10, count: 1 })).toThrow(/not among them/);
  expect(() => source.read('absent')).toThrow(/tensor absent is missing/);
});

it('any damage of a header or a directory ends in tensors or in one line', () => {
  for (const file of ['nested.pt', 'views.pt', 'dtypes.safetensors']) {
    const sound = goldenBytes(file);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = sound.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const source = openTensorFile(bytesInMemory(bytes, 'f'));
            for (const name of source.names) source.read(name);
          } catch (error) {
            refusal(() => {
              throw error;
            }, 'f');
          }
        },
      ),
      { numRuns: 1000 },
    );
  }
});
