import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reference } from '../../src/linalg/reference.js';
import { semidefiniteRoot } from '../../src/linalg/semidefinite-root.js';
import { uniformNumbers } from '../../src/measures/jacobi-ensemble.js';
import { fill } from './matrices.js';

it('is a root of semidefinite matrices of any rank and scale', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: -60, max: 60 }),
      fc.integer({ min: 1, max: 1000 }),
      (n, rank, exponent, seed) => {
        const uniform = uniformNumbers(seed);
        const scale = 10 ** exponent;
        const b = fill(n, Math.max(1, rank), () => (rank === 0 ? 0 : (uniform() - 0.5) * scale));
        const a = reference.multiply(b, b, { b: true });
        const root = semidefiniteRoot(a);
        const again = reference.multiply(root, root, { b: true });
        for (const [at, value] of a.data.entries()) {
          expect(Math.abs(again.data[at]! - value)).toBeLessThanOrEqual(1e-13 * scale ** 2);
        }
      },
    ),
  );
});

it('keeps rows that differ only in rounding apart from nothing', () => {
  const a = fill(3, 3, () => 1);
  expect([...semidefiniteRoot(a).data]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0]);
});
