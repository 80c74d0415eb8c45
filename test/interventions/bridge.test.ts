import { describe, expect, it } from 'vitest';
import { bridgeOf, writtenBy } from '../../src/interventions/bridge.js';
import { matrixOfMap } from '../../src/interventions/head-blocks.js';
import { columnsOf, rowsOfMatrix } from '../../src/linalg/blocks.js';
import { kernels } from '../../src/linalg/kernels.js';
import { type Matrix, matrix } from '../../src/linalg/matrix.js';
import { reference } from '../../src/linalg/reference.js';
import { headIndex } from '../../src/model/heads.js';
import { architecture, randomWeights } from './random-weights.js';

const { headWidth: h, width: d } = architecture;
const weights = randomWeights(3);
const head = (layer: number, number: number) => headIndex(architecture, layer, number);

/** W_qᵀ R(t) W_k from its definition, as a d×d matrix. */
function denseQk(layer: number, number: number, t: number): Matrix {
  const attention = weights.layer(layer).attention();
  const wq = rowsOfMatrix(matrixOfMap(attention.query), number * h, h);
  const wk = rowsOfMatrix(matrixOfMap(attention.key), Math.floor(number / 2) * h, h);
  const [c, s] = [Math.cos(t), Math.sin(t)];
  const r = matrix(h, h, Float64Array.of(c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1));
  return reference.multiply(reference.multiply(wq, r, { a: true }), wk);
}

/** The projector on the first r columns. */
function projector(basis: Matrix, rank: number): Matrix {
  const columns = columnsOf(basis, 0, rank);
  return reference.multiply(columns, columns, { b: true });
}

function expectClose(a: Matrix, b: Matrix, digits: number): void {
  expect([a.rows, a.cols]).toEqual([b.rows, b.cols]);
  a.data.forEach((value, at) => {
    expect(value).toBeCloseTo(b.data[at]!, digits);
  });
}

describe('bridgeOf', () => {
  it.each([0, -3, 2])('has the right singular vectors of the stacked W_QK(%i)', (t) => {
    const dense = [denseQk(1, 0, t), denseQk(2, 3, t)];
    const stack = matrix(2 * d, d, Float64Array.from(dense.flatMap(({ data }) => [...data])));
    const { s, v } = reference.svd(stack, { v: true });
    for (const algebra of [reference, kernels]) {
      const bridge = bridgeOf(weights, [head(1, 0), head(2, 3)], t, algebra);
      expect(bridge.dimensions).toBe(2 * h);
      bridge.s.forEach((value, at) => {
        expect(value).toBeCloseTo(s[at]!, 12);
      });
      for (const rank of [1, 3, 8]) expectClose(projector(bridge.basis, rank), projector(v!, rank), 11);
    }
  });

  it('is a whole orthonormal basis, also where the heads look at fewer dimensions', () => {
    const { basis } = bridgeOf(weights, [head(1, 0)], 0, kernels);
    expectClose(projector(basis, d), reference.multiply(basis, basis, { a: true }), 12);
    const identity = matrix(
      d,
      d,
      Float64Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? 1 : 0)),
    );
    expectClose(projector(basis, d), identity, 12);
  });
});

it('what a head writes is the left singular vectors of W_OV', () => {
  const attention = weights.layer(0).attention();
  const wo = columnsOf(matrixOfMap(attention.output), 3 * h, h);
  const wv = rowsOfMatrix(matrixOfMap(attention.value), h, h);
  const { s, u } = reference.svd(reference.multiply(wo, wv), { u: true });
  const written = writtenBy(weights, head(0, 3), kernels);
  expect(written.dimensions).toBe(h);
  for (let at = 0; at < h; at++) expect(written.s[at]).toBeCloseTo(s[at]!, 12);
  for (const rank of [1, 2, 4]) expectClose(projector(written.basis, rank), projector(u!, rank), 11);
});
