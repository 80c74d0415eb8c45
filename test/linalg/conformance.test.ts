import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Matrix as MlMatrix, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.js';
import { transpose } from '../../src/linalg/blocks.js';
import { kernels } from '../../src/linalg/kernels.js';
import { type Matrix, matrix } from '../../src/linalg/matrix.js';
import { reference } from '../../src/linalg/reference.js';
import { distance, fill, identity, pattern, size, times } from './matrices.js';

const golden: Record<string, number[]> = JSON.parse(
  readFileSync(new URL('../golden/linalg.json', import.meta.url), 'utf8'),
);

const scaled = (a: Matrix, factor: number): Matrix =>
  fill(a.rows, a.cols, (i, j) => factor * a.data[i * a.cols + j]!);
const goldenCases: Record<string, Matrix> = {
  'pattern 64x64': pattern(64, 64),
  'pattern 7x5': pattern(7, 5),
  'pattern 5x7': pattern(5, 7),
  'pattern 65x33': pattern(65, 33),
  'pattern 1x9': pattern(1, 9),
  'pattern 9x1': pattern(9, 1),
  'rank three 20x16': times(pattern(20, 3), pattern(3, 16)),
  'graded 12x12': fill(12, 12, (i, j) => pattern(12, 12).data[12 * i + j]! * 10 ** -j),
  'huge 6x6': scaled(pattern(6, 6), 2 ** 500),
  'tiny 6x6': scaled(pattern(6, 6), 2 ** -500),
};

/** An orthogonal matrix that is not the identity: a reflection. */
const reflection = fill(9, 9, (i, j) => (i === j ? 1 : 0) - 2 / 9);

const degenerate: Record<string, Matrix> = {
  zero: matrix(6, 4),
  'zero, wide': matrix(3, 8),
  'one by one': matrix(1, 1, Float64Array.of(-3)),
  identity: identity(16),
  'odd identity': identity(7),
  orthogonal: reflection,
  'rank one': fill(10, 7, (i, j) => (i + 1) * (j - 3)),
  'equal rows': fill(8, 8, (_, j) => j + 1),
  'repeated values': times(
    reflection,
    fill(9, 9, (i, j) => (i === j ? (i < 5 ? 2 : 1) : 0)),
  ),
  'a zero column': fill(6, 6, (i, j) => (j === 2 ? 0 : pattern(6, 6).data[6 * i + j]!)),
  'a zero row at the end': fill(6, 6, (i, j) => (i === 5 ? 0 : pattern(6, 6).data[6 * i + j]!)),
  'zeros on the diagonal': fill(8, 8, (i, j) => (j === i + 1 ? i + 1 : 0)),
  'scale 1e150': scaled(pattern(12, 9), 1e150),
  'scale 1e-150': scaled(pattern(12, 9), 1e-150),
  'scale 1e300': scaled(pattern(5, 8), 1e300),
  subnormal: scaled(pattern(5, 5), 1e-310),
  'mixed scales': fill(8, 8, (i, j) => pattern(8, 8).data[8 * i + j]! * (i < 4 ? 1e150 : 1e-150)),
  'upper bidiagonal': fill(10, 10, (i, j) => (i === j ? 1 : j === i + 1 ? 1e-9 : 0)),
};

const matrixOf = (entry: fc.Arbitrary<number>): fc.Arbitrary<Matrix> =>
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }))
    .chain(([rows, cols]) =>
      fc
        .array(entry, { minLength: rows * cols, maxLength: rows * cols })
        .map((values) => matrix(rows, cols, Float64Array.from(values))),
    );
const someMatrix = matrixOf(
  fc.oneof(fc.constantFrom(0, 1, -1), fc.double({ min: -1e3, max: 1e3, noNaN: true })),
);
// ml-matrix loses its way where subnormal entries stand beside ordinary ones.
const ordinaryMatrix = matrixOf(fc.integer({ min: -800, max: 800 }).map((value) => value / 8));

/** Rounding of some n³ operations on numbers of the matrix's size. */
const slack = (a: Matrix): number => 1e-14 * Math.max(a.rows, a.cols) * size(a);

describe.each([
  ['reference', reference],
  ['kernels', kernels],
])('%s', (_, algebra) => {
  const checkSvd = (a: Matrix): void => {
    const { s, u, v } = algebra.svd(a, { u: true, v: true });
    const k = Math.min(a.rows, a.cols);
    expect([s.length, u!.rows, u!.cols, v!.rows, v!.cols]).toEqual([k, a.rows, k, a.cols, k]);
    expect(distance(times(transpose(u!), u!), identity(k))).toBeLessThan(1e-14 * (k + 10));
    expect(distance(times(transpose(v!), v!), identity(k))).toBeLessThan(1e-14 * (k + 10));
    const largest = size(a);
    // Rebuilt at a scale where products cannot overflow.
    const unit = largest === 0 ? 1 : 1 / largest;
    const us = fill(a.rows, k, (i, j) => u!.data[i * k + j]! * (s[j]! * (Number.isFinite(unit) ? unit : 1)));
    const rebuilt = times(us, transpose(v!));
    const target = scaled(a, Number.isFinite(unit) ? unit : 1);
    expect(distance(rebuilt, target)).toBeLessThanOrEqual(Number.isFinite(unit) ? 2e-14 * (k + 10) : 1e-320);
    for (const [at, value] of s.entries()) expect(value).toBeGreaterThanOrEqual(s[at + 1] ?? 0);
  };

  it.each(Object.keys(golden))('has the singular values of LAPACK: %s', (name) => {
    const a = goldenCases[name]!;
    const { s } = algebra.svd(a);
    expect(s.length).toBe(golden[name]!.length);
    const largest = golden[name]![0]!;
    for (const [at, value] of golden[name]!.entries()) {
      expect(Math.abs(s[at]! - value)).toBeLessThan(1e-14 * largest);
    }
    // Values do not depend on which vectors come along, beyond rounding.
    for (const sides of [{ u: true }, { v: true }, { u: true, v: true }]) {
      const other = algebra.svd(a, sides);
      for (const [at, value] of s.entries()) {
        expect(Math.abs(other.s[at]! - value)).toBeLessThan(1e-14 * largest);
      }
      expect([other.u !== undefined, other.v !== undefined]).toEqual(['u' in sides, 'v' in sides]);
    }
  });

  it.each(Object.keys(degenerate))('decomposes a degenerate matrix: %s', (name) =>
    checkSvd(degenerate[name]!),
  );

  it('decomposes any matrix', () => fc.assert(fc.property(someMatrix, checkSvd), { numRuns: 300 }));

  it('has the singular values of ml-matrix', () => {
    fc.assert(
      fc.property(ordinaryMatrix, (a) => {
        const other = new SingularValueDecomposition(
          new MlMatrix(a.rows, a.cols).apply(function (this: MlMatrix, i, j) {
            this.set(i, j, a.data[i * a.cols + j]!);
          }),
          { autoTranspose: true },
        ).diagonal;
        const { s } = algebra.svd(a);
        for (const [at, value] of s.entries())
          expect(Math.abs(value - other[at]!)).toBeLessThanOrEqual(slack(a));
      }),
      { numRuns: 100 },
    );
  });

  it('does not change with rotations of the rows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), (cols) => {
        const a = pattern(9, cols);
        const turned = algebra.svd(times(reflection, a)).s;
        for (const [at, value] of algebra.svd(a).s.entries()) expect(turned[at]).toBeCloseTo(value, 13);
      }),
    );
  });

  it('makes everything NaN of a matrix that is not finite', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const [rows, cols] of [
        [5, 3],
        [3, 5],
      ] as const) {
        const a = pattern(rows, cols);
        a.data[7] = bad;
        const { s, u, v } = algebra.svd(a, { u: true, v: true });
        const projected = algebra.projectRight(a, pattern(cols, 2));
        for (const { data } of [{ data: s }, u!, v!, { data: projected.s }, projected.vtc]) {
          expect(data.every(Number.isNaN)).toBe(true);
        }
        expect([u!.rows, u!.cols, v!.rows, v!.cols]).toEqual([rows, 3, cols, 3]);
        expect([projected.vtc.rows, projected.vtc.cols]).toEqual([3, 2]);
      }
    }
  });

  it.each([
    [8, 8, 3],
    [12, 7, 5],
    [7, 12, 5],
    [64, 64, 20],
    [1, 6, 1],
  ])('projects columns on right vectors without forming them: %i×%i, %i columns', (rows, cols, count) => {
    const a = pattern(rows, cols);
    const c = fill(cols, count, (i, j) => Math.cos(i + 2.5 * j));
    const { s, v } = algebra.svd(a, { v: true });
    const projected = algebra.projectRight(a, c);
    expect(projected.s).toEqual(s);
    expect(distance(projected.vtc, times(transpose(v!), c))).toBeLessThan(1e-12);
  });

  /** The leading vectors span the same as those of the whole decomposition, and rebuild the matrix seen through them. */
  const checkTop = (a: Matrix, count: number): void => {
    const largest = size(a);
    const whole = algebra.svd(a, { u: true, v: true });
    const tolerance = 1e-13 * (count + 10);
    const left = algebra.svd(a, { u: true, count });
    const right = algebra.svd(a, { v: true, count });
    for (const { s } of [left, right]) {
      expect(s.length).toBe(whole.s.length);
      for (const [at, value] of s.entries())
        expect(Math.abs(value - whole.s[at]!)).toBeLessThanOrEqual(slack(a));
    }
    expect([left.u!.rows, left.u!.cols, right.v!.rows, right.v!.cols]).toEqual([
      a.rows,
      count,
      a.cols,
      count,
    ]);
    for (const vectors of [left.u!, right.v!]) {
      expect(distance(times(transpose(vectors), vectors), identity(count))).toBeLessThan(tolerance);
    }
    // aᵀ(a v) = s² v for the columns of V, a(aᵀu) = s² u for those of U, at a scale where squares are ordinary numbers.
    const unit = scaled(a, largest > 0 && Number.isFinite(1 / largest) ? 1 / largest : 1);
    for (const [vectors, product] of [
      [right.v!, times(transpose(unit), times(unit, right.v!))],
      [left.u!, times(unit, times(transpose(unit), left.u!))],
    ] as const) {
      const expected = fill(
        vectors.rows,
        count,
        (i, j) => vectors.data[i * count + j]! * (whole.s[j]! / (largest || 1)) ** 2,
      );
      expect(distance(product, expected)).toBeLessThan(1e-13 * a.rows * a.cols);
    }
    // Where the next value is well apart, the subspace is determined: cosines of all angles are 1.
    const gap = (whole.s[count - 1]! - (whole.s[count] ?? 0)) / (whole.s[0]! || 1);
    if (gap < 1e-3) return;
    const whole20 = fill(a.cols, count, (i, j) => whole.v!.data[i * whole.v!.cols + j]!);
    const { s: cosines } = algebra.svd(times(transpose(whole20), right.v!));
    for (const cosine of cosines) expect(cosine).toBeGreaterThan(1 - 1e-11);
  };

  it.each([
    ['pattern', pattern(64, 64), 20],
    ['tall', pattern(90, 40), 11],
    ['wide', pattern(40, 90), 11],
    ['odd', pattern(31, 31), 7],
    ['one of two', pattern(2, 2), 1],
    ['more than half', pattern(12, 12), 9],
  ] as const)('finds the top vectors alone: %s', (_name, a, count) => checkTop(a, count));

  it.each(Object.keys(degenerate))('finds the top vectors of a degenerate matrix: %s', (name) => {
    const a = degenerate[name]!;
    if (name === 'subnormal' || name === 'scale 1e300') return;
    for (let count = 1; 2 * count <= Math.min(a.rows, a.cols); count++) checkTop(a, count);
  });

  it('finds the top vectors of matrices whose values crowd together', () => {
    // Values 1, 1 - δ, 1 - 2δ, …: from far apart to equal, where the quick way has to give up.
    const turn = (n: number) => algebra.qr(pattern(n, n)).q;
    for (const delta of [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-13, 1e-16, 0]) {
      const n = 24;
      const middle = fill(n, n, (i, j) => (i === j ? 1 - i * delta : 0));
      checkTop(times(times(turn(n), middle), transpose(times(turn(n), turn(n)))), 8);
    }
  });

  it('finds the top vectors of any matrix', () => {
    fc.assert(
      fc.property(ordinaryMatrix, fc.integer({ min: 1, max: 6 }), (a, count) => {
        if (2 * count <= Math.min(a.rows, a.cols)) checkTop(a, count);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [64, 64, 20],
    [90, 40, 11],
    [40, 90, 11],
  ])('projects columns on the top vectors: %i×%i, %i of them', (rows, cols, count) => {
    const a = pattern(rows, cols);
    const c = fill(cols, 5, (i, j) => Math.cos(i + 2.5 * j));
    const { v } = algebra.svd(a, { v: true, count });
    const { s, vtc } = algebra.projectRight(a, c, count);
    const whole = algebra.svd(a).s;
    for (const [at, value] of s.entries()) expect(Math.abs(value - whole[at]!)).toBeLessThan(slack(a));
    // Either sign of a vector will do.
    const signless = (m: Matrix) =>
      fill(m.rows, m.cols, (i, j) => m.data[i * m.cols + j]! * Math.sign(m.data[i * m.cols]!));
    expect(distance(signless(vtc), signless(times(transpose(v!), c)))).toBeLessThan(1e-11);
  });

  it('multiplies as the definition says, transposed or not', () => {
    fc.assert(
      fc.property(
        fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: 1, max: 11 }))),
        fc.boolean(),
        fc.boolean(),
        ([m, k, n], a, b) => {
          const left = pattern(m!, k!);
          const right = pattern(k!, n!);
          const sides = [a ? transpose(left) : left, b ? transpose(right) : right] as const;
          const product = algebra.multiply(...sides, { a, b });
          expect(distance(product, times(left, right))).toBeLessThan(1e-14);
          // Into memory that holds something else.
          const memory = new Float64Array(m! * n!).fill(7);
          const again = algebra.multiply(...sides, { a, b }, memory);
          expect(again.data).toBe(memory);
          expect(again).toEqual(product);
        },
      ),
    );
  });

  it.each([
    [6, 6],
    [9, 5],
    [5, 9],
    [64, 20],
    [1, 1],
  ])('factors QR: %i×%i', (rows, cols) => {
    const a = pattern(rows, cols);
    const { q, r } = algebra.qr(a);
    const k = Math.min(rows, cols);
    expect([q.rows, q.cols, r.rows, r.cols]).toEqual([rows, k, k, cols]);
    expect(distance(times(transpose(q), q), identity(k))).toBeLessThan(1e-13);
    expect(distance(times(q, r), a)).toBeLessThan(1e-13);
    for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) expect(r.data[i * cols + j]).toBe(0);
  });

  it('keeps QR orthogonal where the columns are dependent or of any scale', () => {
    for (const a of Object.values(degenerate)) {
      const { q } = algebra.qr(a);
      expect(distance(times(transpose(q), q), identity(q.cols))).toBeLessThan(1e-13);
    }
  });

  it.each([
    ...[
      [6, 6],
      [5, 9],
      [9, 5],
      [20, 64],
      [1, 7],
      [7, 1],
    ],
    ...[
      [8, 33],
      [7, 33],
      [1, 1],
    ],
  ])('factors LQ, and multiplies by Q: %i×%i', (h, d) => {
    const a = pattern(h, d);
    const { l, transposedProduct } = algebra.lq(a);
    const k = Math.min(h, d);
    expect([l.rows, l.cols]).toEqual([h, k]);
    expect(algebra.lower(a)).toEqual(l);
    const q = transpose(transposedProduct(identity(k)));
    expect(distance(times(transpose(q), q), identity(k))).toBeLessThan(1e-13);
    expect(distance(times(l, transpose(q)), a)).toBeLessThan(1e-13);
    for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) expect(l.data[i * k + j]).toBe(0);
    const some = pattern(k, 3);
    expect(distance(transpose(transposedProduct(some)), times(q, some))).toBeLessThan(1e-13);
  });

  it('keeps Q of LQ orthogonal where rows are dependent or of any scale', () => {
    for (const a of Object.values(degenerate)) {
      const { l, transposedProduct } = algebra.lq(a);
      const q = transpose(transposedProduct(identity(l.cols)));
      expect(distance(times(transpose(q), q), identity(l.cols))).toBeLessThan(1e-13);
      expect(distance(times(l, transpose(q)), a)).toBeLessThanOrEqual(1e-13 * size(a));
    }
  });

  it('has no LQ where an entry is not finite', () => {
    const { l, transposedProduct } = algebra.lq(matrix(1, 2, Float64Array.of(1, Number.NaN)));
    expect([...l.data, ...transposedProduct(identity(1)).data]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('refuses shapes that do not fit', () => {
    expect(() => algebra.multiply(matrix(2, 3), matrix(2, 3))).toThrow(ShapeError);
    expect(() => algebra.multiply(matrix(2, 3), matrix(3, 2), {}, new Float64Array(3))).toThrow(ShapeError);
    expect(() => algebra.projectRight(matrix(2, 3), matrix(2, 3))).toThrow(ShapeError);
    expect(() => algebra.svd(matrix(0, 3))).toThrow(ShapeError);
    expect(() => algebra.svd(matrix(4, 3), { u: true, count: 4 })).toThrow(ShapeError);
    expect(() => algebra.projectRight(matrix(4, 3), matrix(3, 1), 4)).toThrow(ShapeError);
    expect(() => algebra.qr(matrix(3, 0))).toThrow(ShapeError);
    expect(() => algebra.lq(matrix(0, 3))).toThrow(ShapeError);
    expect(() => algebra.lq(matrix(2, 3)).transposedProduct(matrix(3, 3))).toThrow(ShapeError);
  });

  it('gives the same bits every time', () => {
    const twice = [0, 1].map(() => algebra.svd(pattern(31, 17), { u: true, v: true }));
    algebra.svd(pattern(70, 70), { u: true });
    expect(twice[0]).toEqual(twice[1]);
    expect(algebra.svd(pattern(31, 17), { u: true, v: true })).toEqual(twice[0]);
  });
});
