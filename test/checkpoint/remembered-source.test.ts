import { describe, expect, it } from 'vitest';
import { isAtMost, rememberedSource } from '../../src/checkpoint/remembered-source.js';
import { sourceOfState } from '../../src/checkpoint/tensor-source.js';
import { toFloat32 } from '../../src/tensor/decode.js';
import { fromFloat32 } from '../../src/tensor/encode.js';

const state = new Map([['w', fromFloat32(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])]]);

describe('a source that remembers', () => {
  it('reads each tensor, and each part of one, a single time', () => {
    const reads: string[] = [];
    const source = sourceOfState(state, 'file');
    const kept = rememberedSource({
      ...source,
      read: (name, rows) => {
        reads.push(`${name} ${rows?.from}`);
        return source.read(name, rows);
      },
    });
    for (let round = 0; round < 2; round++) {
      expect([...toFloat32(kept.read('w', { from: 2, count: 1 }))]).toEqual([5, 6]);
      expect([...toFloat32(kept.read('w'))]).toEqual([1, 2, 3, 4, 5, 6]);
      expect([...toFloat32(kept.read('w', { from: 1, count: 2 }))]).toEqual([3, 4, 5, 6]);
      expect([...toFloat32(kept.read('w', { from: 1, count: 1 }))]).toEqual([3, 4]);
    }
    expect(reads).toEqual(['w 2', 'w undefined']);
  });

  it('is for files that are small enough', () => {
    expect(isAtMost(sourceOfState(state, 'file'), 24)).toBe(true);
    expect(isAtMost(sourceOfState(state, 'file'), 23)).toBe(false);
  });
});
