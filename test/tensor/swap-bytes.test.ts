import { describe, expect, it } from 'vitest';
import { withSwappedBytes } from '../../src/tensor/swap-bytes.js';

describe('bytes in the other order', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);

  it.each([
    ['uint8', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]],
    ['int16', [2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]],
    ['float32', [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13]],
    ['float64', [8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9]],
    // Each half is a number of its own.
    ['complex64', [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9, 16, 15, 14, 13]],
    ['complex128', [8, 7, 6, 5, 4, 3, 2, 1, 16, 15, 14, 13, 12, 11, 10, 9]],
  ] as const)('%s', (dtype, expected) => {
    expect([...withSwappedBytes(bytes, dtype)]).toEqual(expected);
    expect(bytes[0]).toBe(1);
  });
});
