import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '../../src/linalg/matrix.js';
import { reference } from '../../src/linalg/reference.js';
import type { CircuitSet } from '../../src/measures/all-pairs/circuit-set.js';
import { productsByRows } from '../../src/measures/all-pairs/row-products.js';
import { productsByStrips } from '../../src/measures/all-pairs/strip-products.js';
import { uniformNumbers } from '../../src/measures/jacobi-ensemble.js';
import { fill } from '../linalg/matrices.js';

function randomSet(count: number, h: number, d: number, seed: number, symmetric: boolean): CircuitSet {
  const uniform = uniformNumbers(seed);
  const random = (): Matrix => fill(h, d, () => uniform() - 0.5);
  const circuits = Array.from({ length: count }, () => {
    const x = random();
    if (!symmetric) return { x, y: random() };
    return { x, y: x };
  });
  return { count, circuit: (at) => circuits[at]! };
}

/** From h×h products, pair by pair. */
function productsByPairs(first: CircuitSet, second: CircuitSet): Matrix {
  const out = matrix(first.count, second.count);
  for (let a = 0; a < first.count; a++) {
    const left = first.circuit(a);
    for (let b = 0; b < second.count; b++) {
      const right = second.circuit(b);
      const x = reference.multiply(left.x, right.x, { b: true });
      const y = reference.multiply(left.y, right.y, { b: true });
      out.data[a * second.count + b] = x.data.reduce((sum, value, at) => sum + value * y.data[at]!, 0);
    }
  }
  return out;
}

const ways = { 'strip by strip': productsByStrips, 'by rows': productsByRows };

describe.each(
  [false, true].flatMap((symmetric) =>
    Object.entries(ways).map(([name, products]) => ({ name, products, symmetric })),
  ),
)('products of circuits $name, symmetric: $symmetric', ({ products, symmetric }) => {
  it('are those of h×h products, pair by pair, for any sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 1000 }),
        (first, second, h, d, seed) => {
          const a = randomSet(first, h, d, seed, symmetric);
          const b = randomSet(second, h, d, seed + 1, symmetric);
          const fast = products(a, b, symmetric);
          const slow = productsByPairs(a, b);
          // Sums of at most 1600 products of numbers below 7.
          for (const [at, value] of slow.data.entries()) expect(fast.data[at]).toBeCloseTo(value, 11);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('have the same bits whatever else is multiplied with them', () => {
    const a = randomSet(7, 5, 67, 3, symmetric);
    const b = randomSet(6, 5, 67, 4, symmetric);
    const whole = products(a, b, symmetric);
    const some = products(
      { count: 2, circuit: (at) => a.circuit(at + 4) },
      { count: 3, circuit: (at) => b.circuit(at + 2) },
      symmetric,
    );
    const expected = matrix(2, 3);
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++) expected.data[i * 3 + j] = whole.data[(i + 4) * 6 + j + 2]!;
    expect(some).toEqual(expected);
  });
});
