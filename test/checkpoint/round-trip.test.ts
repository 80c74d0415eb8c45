import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableCodec } from '../../src/checkpoint/codec.js';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { readCheckpoint } from '../../src/checkpoint/read.js';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { readTestSet, writeTestSet } from '../../src/checkpoint/test-set.js';
import { writeTorchFile } from '../../src/checkpoint/torch-write.js';
import { readZip } from '../../src/checkpoint/zip-read.js';
import { bytesInMemory } from '../../src/files/byte-source.js';
import { bytesPerElement, type DType } from '../../src/tensor/dtype.js';
import { fromFloat32, fromIntegers, toBytes } from '../../src/tensor/encode.js';
import { contiguousStrides, elementCount, type StateDict, type Tensor } from '../../src/tensor/tensor.js';
import { expectTensors, golden, goldenBytes } from './golden-files.js';

fc.configureGlobal({ seed: 20260 });

const dtypes = Object.keys(bytesPerElement) as DType[];

/** Any bits, of any format, seen through any order of axes from any offset. */
const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    sizes: fc.array(fc.nat(4), { maxLength: 4 }),
    order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    offset: fc.nat(3),
    seed: fc.integer(),
  })
  .map(({ dtype, sizes, order, offset, seed }) => {
    const axes = sizes
      .map((size, axis) => ({ size, stride: contiguousStrides(sizes)[axis]!, rank: order[axis]! }))
      .sort((a, b) => a.rank - b.rank);
    const storage = new Uint8Array((offset + elementCount(sizes)) * bytesPerElement[dtype]);
    let state = seed;
    for (let at = 0; at < storage.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      storage[at] = state >>> 24;
    }
    const [shape, strides] = [axes.map(({ size }) => size), axes.map(({ stride }) => stride)];
    return { dtype, shape, strides, offset, storage };
  });

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'h.0.mha.W_q.weight', '1', '0', '', 'module.x', '\n"\\'),
);

const anyState: fc.Arbitrary<StateDict> = fc
  .uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, minLength: 1, maxLength: 6 })
  // A prefix that all names share is the mark of a wrapped model and dropped.
  .map((pairs) => new Map([['first', fromFloat32(Float32Array.of(1), [])], ...pairs]));

const contents = (state: StateDict) =>
  [...state].map(([name, tensor]) => [name, tensor.dtype, tensor.shape, Array.from(toBytes(tensor))]);

describe('what is written is read again', () => {
  it('as a PyTorch archive', () => {
    fc.assert(
      fc.property(anyState, fc.string({ unit: 'binary' }), (state, folder) => {
        const bytes = writeTorchFile(state, folder);
        expect(contents(readCheckpoint(bytes, 'f.pt', nodeCodec))).toEqual(contents(state));
        expect(contents(readCheckpoint(bytes, 'f.pt', portableCodec))).toEqual(contents(state));
      }),
      { numRuns: 150 },
    );
  });

  it('as safetensors', () => {
    const byName = (state: StateDict) => contents(state).sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    fc.assert(
      fc.property(anyState, fc.option(fc.dictionary(fc.string(), fc.string())), (state, metadata) => {
        fc.pre([...state.values()].every(({ dtype }) => dtype !== 'complex128'));
        const bytes = metadata === null ? writeSafetensors(state) : writeSafetensors(state, metadata);
        // Empty tensors start where others do: data tells no order between them.
        expect(byName(readCheckpoint(bytes, 'f.safetensors'))).toEqual(byName(state));
      }),
      { numRuns: 150 },
    );
  });

  it('as a test set', () => {
    const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        integer,
        (n, t, hasStarts, first) => {
          const count = (length: number) => Array.from({ length }, (_, at) => first + at);
          const set = {
            tokens: fromIntegers(count(n * t), [n, t]),
            lengths: fromIntegers(count(n), [n]),
            starts: hasStarts ? fromIntegers(count(2 * n), [n, 2]) : null,
          };
          const found = readTestSet(writeTestSet(set, 'test'), 'test.pth', nodeCodec);
          const known = (tensors: typeof found) =>
            contents(new Map(Object.entries(tensors).flatMap(([key, x]) => (x === null ? [] : [[key, x]]))));
          expect(known(found)).toEqual(known(set));
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([...golden].filter(([file]) => /^(?!test|numpy).*(pt|safetensors)$/.test(file)))(
    '%s through both formats',
    (file, expected) => {
      const state = readCheckpoint(goldenBytes(file), file);
      const torch = readCheckpoint(writeTorchFile(state, 'ckpt_0'), 'ckpt_0.pt');
      expectTensors(torch, expected);
      expectTensors(readCheckpoint(writeSafetensors(torch, { step: '0' }), 'ckpt_0.safetensors'), expected);
    },
  );
});

describe('written archives', () => {
  const state: StateDict = new Map([
    ['a', fromFloat32(Float32Array.of(1, 2, 3), [3])],
    ['b', fromFloat32(Float32Array.of(4), [1, 1])],
  ]);

  it('hold the entries of torch.save under one folder, their data at multiples of 64', () => {
    const bytes = writeTorchFile(state, 'ckpt_7');
    const archive = readZip(bytesInMemory(bytes, 'ckpt_7.pt'), portableCodec);
    expect(archive.names).toEqual(
      ['data.pkl', 'byteorder', 'data/0', 'data/1', 'version'].map((name) => `ckpt_7/${name}`),
    );
    for (const name of archive.names) expect(archive.read(name).byteOffset % 64).toBe(0);
  });

  it('are the same bytes each time', () => {
    expect(writeTorchFile(state, 'x')).toEqual(writeTorchFile(new Map(state), 'x'));
    expect(writeSafetensors(state)).toEqual(writeSafetensors(new Map(state)));
  });

  it.each(['', '..', '/', 'a/b', 'a\\b', 'C:', '\0', '.', 'x'.repeat(70_000)])(
    'take any folder name',
    (folder) => {
      const bytes = writeTorchFile(state, folder);
      expect(contents(readCheckpoint(bytes, 'f.pt'))).toEqual(contents(state));
    },
  );

  it('start the data of safetensors at a multiple of 8', () => {
    for (const name of ['a', 'ab', 'abc', 'é']) {
      const bytes = writeSafetensors(new Map([[name, fromFloat32(Float32Array.of(1), [1])]]));
      expect((bytes.length - 4) % 8).toBe(0);
    }
  });

  it('refuse what a format cannot say', () => {
    const tensor = fromFloat32(Float32Array.of(1), [1]);
    expect(() => writeSafetensors(new Map([['__metadata__', tensor]]))).toThrow(
      /cannot be called __metadata__/,
    );
    const floats = { tokens: tensor, lengths: tensor, starts: null };
    expect(() => writeTestSet(floats, 'test')).toThrow(/hold int64, found float32/);
  });
});

it('refuses a format that safetensors lacks', () => {
  const tensor = {
    dtype: 'complex128',
    shape: [1],
    strides: [1],
    offset: 0,
    storage: new Uint8Array(16),
  } as const;
  expect(() => writeSafetensors(new Map([['z', tensor]]))).toThrow(
    /^tensor z is complex128, which safetensors cannot hold/,
  );
});
