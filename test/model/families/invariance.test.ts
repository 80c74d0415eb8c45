import { describe, expect, it } from 'vitest';
import { tensorOfFloat64 } from '../../../src/checkpoint/tensor-source.js';
import { mapOfMatrix, matrixOfMap } from '../../../src/interventions/head-blocks.js';
import { rowsOfMatrix, transpose } from '../../../src/linalg/blocks.js';
import { type Matrix, matrix } from '../../../src/linalg/matrix.js';
import { reference } from '../../../src/linalg/reference.js';
import { uniformNumbers } from '../../../src/measures/jacobi-ensemble.js';
import { type Architecture, keyHeadOf } from '../../../src/model/architecture.js';
import { foldNorm } from '../../../src/model/fold-norm.js';
import type { AttentionWeights, ModelWeights, TokenRows } from '../../../src/model/weights.js';
import { decodeRows } from '../../../src/tensor/decode-rows.js';
import { fill } from '../../linalg/matrices.js';
import { goldenModelPath, goldenModels, measureWeights, numbersOf, weightsAt } from './golden-models.js';

const run = new URL('../../golden/runs/four_layers_four_heads', import.meta.url).pathname;

/** One of every family; the published TFModel is the run's. */
const models = [
  ...goldenModels.map((name) => ({ name, path: goldenModelPath(name) })),
  { name: 'copying', path: run },
];

/** Every layer's attention changed when it is read. */
function withEveryAttention(
  weights: ModelWeights,
  edit: (attention: AttentionWeights, layer: number) => AttentionWeights,
): ModelWeights {
  return {
    ...weights,
    layer: (index) => {
      const layer = weights.layer(index);
      return { attention: () => edit(layer.attention(), index), mlp: () => layer.mlp() };
    },
  };
}

/** Rows, or columns, of a matrix in blocks of h, in another order. */
function permutedRows(a: Matrix, order: readonly number[], h: number): Matrix {
  const data = order.flatMap((block) => [...rowsOfMatrix(a, block * h, h).data]);
  return matrix(a.rows, a.cols, Float64Array.from(data));
}

function permutedColumns(a: Matrix, order: readonly number[], h: number): Matrix {
  return transpose(permutedRows(transpose(a), order, h));
}

/** Groups of heads back to front, and the heads of a group turned by one. Other layers, other orders. */
function headOrder({ heads, keyHeads }: Architecture, layer: number) {
  const queries = heads / keyHeads;
  const groups = Array.from({ length: keyHeads }, (_, at) => (keyHeads - 1 - at + layer) % keyHeads);
  return {
    groups,
    heads: groups.flatMap((group) =>
      Array.from({ length: queries }, (_, at) => group * queries + ((at + 1) % queries)),
    ),
  };
}

function permuteHeads(weights: ModelWeights): ModelWeights {
  const { architecture } = weights;
  const { headWidth: h } = architecture;
  return withEveryAttention(weights, (attention, layer) => {
    const order = headOrder(architecture, layer);
    return {
      ...attention,
      query: mapOfMatrix(permutedRows(matrixOfMap(attention.query), order.heads, h), null),
      key: mapOfMatrix(permutedRows(matrixOfMap(attention.key), order.groups, h), null),
      value: mapOfMatrix(permutedRows(matrixOfMap(attention.value), order.groups, h), null),
      output: mapOfMatrix(permutedColumns(matrixOfMap(attention.output), order.heads, h), null),
    };
  });
}

/** x ↦ Q x of the residual stream: what reads it is multiplied by Qᵀ from the right, what writes by Q from the left. */
function changeBasis(weights: ModelWeights, basis: Matrix): ModelWeights {
  const read = (a: Matrix) => reference.multiply(a, basis, { b: true });
  const rows =
    (from: TokenRows): TokenRows =>
    (first, count) => {
      const tensor = from(first, count);
      const values = matrix(count, tensor.shape[1]!);
      decodeRows(tensor, { rows: null, from: 0, count }, values.data);
      return tensorOfFloat64(read(values).data, tensor.shape);
    };
  return {
    ...withEveryAttention(weights, (attention) => ({
      ...attention,
      query: mapOfMatrix(read(matrixOfMap(attention.query)), null),
      key: mapOfMatrix(read(matrixOfMap(attention.key)), null),
      value: mapOfMatrix(read(matrixOfMap(attention.value)), null),
      output: mapOfMatrix(reference.multiply(basis, matrixOfMap(attention.output)), null),
    })),
    embedding: rows(weights.embedding),
    unembedding: rows(weights.unembedding),
  };
}

function rotationOfStream(d: number): Matrix {
  const uniform = uniformNumbers(7);
  return reference.qr(fill(d, d, () => uniform() - 0.5)).q;
}

function permutationOfStream(d: number): Matrix {
  return fill(d, d, (i, j) => (j === (5 * i + 3) % d ? 1 : 0));
}

/** The numbers of two models agree to 1e-9: both are sums of some thousand products in float64. */
function expectEqualNumbers(
  found: ReadonlyMap<string, Float64Array>,
  expected: ReadonlyMap<string, Float64Array>,
): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [key, values] of expected) {
    const own = found.get(key)!;
    const wrong = values.findIndex(
      (value, at) => !(Object.is(value, own[at]) || Math.abs(value - own[at]!) < 1e-9),
    );
    expect(wrong === -1 ? 'equal' : `${key}: ${own[wrong]} at ${wrong}, not ${values[wrong]}`).toBe('equal');
  }
}

describe.each(models)('measures of $name', ({ path }) => {
  it.each([false, true])('follow heads in another order, norms folded: %s', async (folds) => {
    const weights = weightsAt(path);
    const { architecture } = weights;
    const { layers, heads } = architecture;
    const found = numbersOf(await measureWeights(permuteHeads(weights), { foldNorm: folds }));
    const before = numbersOf(await measureWeights(weights, { foldNorm: folds }));
    const total = layers * heads;
    const place = (index: number) => {
      const layer = Math.floor(index / heads);
      return layer * heads + headOrder(architecture, layer).heads[index % heads]!;
    };
    const expected = new Map(
      [...before].map(([key, values]) => [
        key,
        values.map((_, at) =>
          values.length === total * total
            ? values[place(Math.floor(at / total)) * total + place(at % total)]!
            : values[place(at)]!,
        ),
      ]),
    );
    expectEqualNumbers(found, expected);
    // Heads that share keys have them still.
    expect(headOrder(architecture, 0).heads.map((head) => keyHeadOf(architecture, head))).toEqual(
      headOrder(architecture, 0).groups.flatMap((group) => Array(heads / architecture.keyHeads).fill(group)),
    );
  });

  it('do not depend on the basis of the residual stream', async () => {
    const weights = weightsAt(path);
    const turned = changeBasis(weights, rotationOfStream(weights.architecture.width));
    // The z-score takes the mean of all entries of a matrix, which a rotation changes: see the next test.
    expectEqualNumbers(
      numbersOf(await measureWeights(turned), ['z_score']),
      numbersOf(await measureWeights(weights), ['z_score']),
    );
  });

  it('do not depend on the order of its coordinates, the z-score included', async () => {
    const weights = weightsAt(path);
    for (const model of [weights, foldNorm(weights)]) {
      const permuted = changeBasis(model, permutationOfStream(weights.architecture.width));
      expectEqualNumbers(numbersOf(await measureWeights(permuted)), numbersOf(await measureWeights(model)));
    }
  });
});
