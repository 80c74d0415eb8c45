import { describe, expect, it } from 'vitest';
import { portableCodec } from '../../src/checkpoint/codec.js';
import { openCheckpoint, openTensors, openTestSet } from '../../src/checkpoint/open.js';
import { readCheckpoint, readTensors } from '../../src/checkpoint/read.js';
import { readTestSet } from '../../src/checkpoint/test-set.js';
import { toFloat32, toInt32 } from '../../src/tensor/decode.js';
import { describeTensor, expectTensors, golden, goldenBytes, goldenPath } from './golden-files.js';

const isTestSet = (file: string) => file.startsWith('test');
const checkpoints = [...golden].filter(([file]) => !isTestSet(file));
const testSets = [...golden].filter(([file]) => isTestSet(file));

describe('every tensor is what PyTorch reads', () => {
  it.each(checkpoints)('%s, through Node', (file, expected) => {
    expectTensors(openCheckpoint(goldenPath(file)).state, expected);
    expectTensors(openTensors(goldenPath(file)), expected);
  });

  it.each(checkpoints)('%s, in plain JavaScript', (file, expected) => {
    expectTensors(readCheckpoint(goldenBytes(file), file), expected);
  });

  it.each(checkpoints)('%s, at an odd address', (file, expected) => {
    const bytes = goldenBytes(file);
    const moved = new Uint8Array(bytes.length + 1).subarray(1);
    moved.set(bytes);
    const state = readCheckpoint(moved, file);
    expectTensors(state, expected);
    for (const [at, tensor] of [...state.values()].entries()) {
      expect(Array.from(toFloat32(tensor))).toEqual(expected[at]!.values.map((x) => Math.fround(Number(x))));
    }
  });
});

describe('test sets', () => {
  it.each(testSets)('%s', (file, [tokens, lengths, starts]) => {
    const sets = [openTestSet(goldenPath(file)), readTestSet(goldenBytes(file), file, portableCodec)];
    for (const set of sets) {
      expect(describeTensor('0', set.tokens)).toEqual(tokens);
      expect(describeTensor('1', set.lengths)).toEqual(lengths);
      expect(set.starts && describeTensor('2', set.starts)).toEqual(starts ?? null);
      expect(Array.from(toInt32(set.tokens, 'tokens'))).toEqual(tokens!.values);
    }
  });

  it.each(testSets)('%s, as a list of tensors', (file, expected) => {
    expectTensors(readTensors(goldenBytes(file), file), expected);
  });
});

describe('nothing is copied', () => {
  it.each(['state_dict.pt', 'views.pt', 'dtypes.safetensors'])('%s', (file) => {
    const bytes = goldenBytes(file);
    for (const { storage } of readCheckpoint(bytes, file).values()) expect(storage.buffer).toBe(bytes.buffer);
  });

  it('gives float32 where it lies, and one storage for tensors that share it', () => {
    const bytes = goldenBytes('views.pt');
    const state = readCheckpoint(bytes, 'views.pt');
    expect(toFloat32(state.get('row')!).buffer).toBe(bytes.buffer);
    expect(state.get('tied')!.storage).toBe(state.get('tied_again')!.storage);
    expect(state.get('transposed')!.storage).toBe(state.get('base')!.storage);
  });
});
