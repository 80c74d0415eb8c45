import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eigenvalues } from '../../src/linalg/eigenvalues.js';
import { matrix } from '../../src/linalg/matrix.js';

interface Golden {
  readonly name: string;
  readonly n: number;
  readonly a: readonly number[];
  readonly re: readonly number[];
  readonly im: readonly number[];
}

const golden: readonly Golden[] = JSON.parse(
  readFileSync(new URL('../golden/eigenvalues.json', import.meta.url), 'utf8'),
);

describe.each(golden)('$name', ({ n, a, re, im }) => {
  it('has the eigenvalues that numpy finds', () => {
    const found = eigenvalues(matrix(n, n, Float64Array.from(a)));
    const left = re.map((real, at) => [real, im[at]!] as const);
    const size = Math.max(1, ...left.map(([x, y]) => Math.hypot(x, y)));
    for (let at = 0; at < n; at++) {
      const distance = ([x, y]: readonly [number, number]) =>
        Math.hypot(x - found.re[at]!, y - found.im[at]!);
      const nearest = left.reduce((best, value) => (distance(value) < distance(best) ? value : best));
      expect(distance(nearest)).toBeLessThan(1e-11 * size);
      left.splice(left.indexOf(nearest), 1);
    }
  });
});

it('of a matrix that is not finite are NaN', () => {
  const { re } = eigenvalues(matrix(2, 2, Float64Array.of(1, Number.NaN, 0, 1)));
  expect([...re]).toEqual([Number.NaN, Number.NaN]);
});

it('refuses a matrix that is not square', () => {
  expect(() => eigenvalues(matrix(2, 3))).toThrow(/2×3 matrix has no eigenvalues/);
});
