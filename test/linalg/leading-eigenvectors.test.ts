import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kernels } from '../../src/linalg/kernels.js';
import { leadingEigenvectors } from '../../src/linalg/leading-eigenvectors.js';
import { reference } from '../../src/linalg/reference.js';
import { uniformNumbers } from '../../src/measures/jacobi-ensemble.js';
import { fill } from './matrices.js';

/** A = Q·diag(values)·Qᵀ with a random Q. */
function withValues(values: readonly number[], seed: number) {
  const uniform = uniformNumbers(seed);
  const n = values.length;
  const { q } = reference.qr(fill(n, n, () => uniform() - 0.5));
  const scaled = fill(n, n, (row, col) => q.data[row * n + col]! * values[col]!);
  return { a: reference.multiply(scaled, q, { b: true }), q };
}

it('finds the leading eigenvectors, of eigenvalues that lie close and of some that are equal', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.boolean(), (seed, isTied) => {
      const values = Array.from({ length: 160 }, (_, at) => (at < 3 && isTied ? 2 : 2 / (1 + 0.05 * at)));
      const { a, q } = withValues(values, seed);
      const uniform = uniformNumbers(seed + 1);
      const found = leadingEigenvectors(
        (x) => kernels.multiply(a, x),
        160,
        6,
        () => uniform() - 0.5,
        kernels,
      )!;
      expect([...found.values].every((value, at) => Math.abs(value - values[at]!) < 1e-12)).toBe(true);
      // The cosines between the two subspaces.
      const leading = fill(160, 6, (row, col) => q.data[row * 160 + col]!);
      const cosines = reference.svd(reference.multiply(leading, found.vectors, { a: true })).s;
      expect(Math.abs(cosines.at(-1)! - 1)).toBeLessThan(1e-12);
    }),
    { numRuns: 10 },
  );
});

it('finds those of a matrix of few ranks, and of nothing', () => {
  const values = Array.from({ length: 160 }, (_, at) => (at < 5 ? 5 - at : 0));
  const { a } = withValues(values, 3);
  const found = leadingEigenvectors((x) => kernels.multiply(a, x), 160, 8, uniformNumbers(1), kernels)!;
  expect([...found.values].map((value) => Math.abs(Math.round(value * 1e9) / 1e9))).toEqual([
    5, 4, 3, 2, 1, 0, 0, 0,
  ]);
});

it('gives up where they do not converge', () => {
  const { a } = withValues(
    Array.from({ length: 160 }, (_, at) => 1 - 1e-4 * at),
    5,
  );
  expect(
    leadingEigenvectors((x) => kernels.multiply(a, x), 160, 8, uniformNumbers(1), kernels, 80),
  ).toBeUndefined();
});
