import { InputError } from '../../errors.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { ModelWeights, TokenRows } from '../../model/weights.js';
import { decodeRows } from '../../tensor/decode-rows.js';
import { allFinite } from '../all-finite.js';
import { packColumns, panelArena, panelCount } from './panels.js';

/** Tokens whose rows are read and multiplied at once. */
const tokensAtOnce = 256;

/** Some rows of a matrix of the vocabulary, count×d. @throws InputError where one is not finite */
export function tokenMatrix(weights: ModelWeights, rows: TokenRows, from: number, count: number): Matrix {
  const { width } = weights.architecture;
  const values = new Float64Array(count * width);
  decodeRows(rows(from, count), { rows: null, from: 0, count }, values);
  if (allFinite(values)) return matrix(count, width, values);
  throw new InputError(`${weights.file}: the embedding holds NaN or infinity; the model had diverged`);
}

/**
 * aᵀ·b over the whole vocabulary, d×d: token by token in one order, a few hundred rows in memory at a time. Where both are
 * one matrix, half of it is computed.
 * @throws InputError where a number is not finite, or cannot be read
 */
export function tokenProducts(weights: ModelWeights, a: TokenRows, b: TokenRows): Matrix {
  const { width: d, vocabSize } = weights.architecture;
  const space = panelArena();
  const panels = panelCount(d);
  const isOne = a === b;
  const left = space.room(panels * tokensAtOnce * 4);
  const right = isOne ? left : space.room(panels * tokensAtOnce * 4);
  const ld = 4 * panels;
  const out = space.room(ld * ld);
  space.view(out, ld * ld).fill(0);
  for (let from = 0; from < vocabSize; from += tokensAtOnce) {
    const count = Math.min(tokensAtOnce, vocabSize - from);
    packColumns(space, left, tokenMatrix(weights, a, from, count));
    if (!isOne) packColumns(space, right, tokenMatrix(weights, b, from, count));
    const panelBytes = count * 32;
    for (let column = 0; column < panels; column++) {
      const rows = isOne ? column + 1 : panels;
      const at = right + column * panelBytes;
      space.kernels.innerProducts(left, at, panelBytes, count, out + column * 32, ld, rows, 1);
    }
  }
  const view = space.view(out, ld * ld);
  const result = matrix(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) result.data[i * d + j] = view[isOne && j < i ? j * ld + i : i * ld + j]!;
  }
  return result;
}
