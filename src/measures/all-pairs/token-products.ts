import { InputError } from '../../errors.js';
import { Arena } from '../../linalg/arena.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { ModelWeights, TokenRows } from '../../model/weights.js';
import { decodeRows } from '../../tensor/decode-rows.js';
import { allFinite } from '../all-finite.js';
import { packColumns, panelCount } from './panels.js';

/** Tokens whose rows are read and multiplied at once. */
const tokensAtOnce = 256;

/** Memory of the columns of a product that are computed at once, where they go elsewhere afterwards. */
const stripBytes = 32 * 2 ** 20;

/** Some rows of a matrix of the vocabulary, count×d. @throws InputError where one is not finite */
export function tokenMatrix(weights: ModelWeights, rows: TokenRows, from: number, count: number): Matrix {
  const { width } = weights.architecture;
  const values = new Float64Array(count * width);
  decodeRows(rows(from, count), { rows: null, from: 0, count }, values);
  if (allFinite(values)) return matrix(count, width, values);
  throw new InputError(`${weights.file}: the embedding holds NaN or infinity; the model had diverged`);
}

/**
 * aᵀ·b over the whole vocabulary, d×d, into `target`: token by token in one order, a few hundred rows in memory at a time.
 * Where both are one matrix, half of it is computed.
 * @throws InputError where a number is not finite, or cannot be read
 */
export function tokenProducts(weights: ModelWeights, a: TokenRows, b: TokenRows, target: Float64Array): void {
  const { width: d } = weights.architecture;
  const panels = panelCount(d);
  const strip = Math.max(1, Math.min(panels, Math.floor(stripBytes / (32 * 4 * panels))));
  const space = new Arena();
  const ld = 4 * strip;
  const out = space.room(4 * panels * ld);
  const rooms = operands(space, panels);
  for (let from = 0; from < panels; from += strip) {
    const to = Math.min(panels, from + strip);
    space.view(out, 4 * panels * ld).fill(0);
    addProducts(space, weights, { a, b, ...rooms }, { from, to }, { out, ld });
    const view = space.view(out, 4 * panels * ld);
    const [first, count] = [4 * from, Math.min(d, 4 * to) - 4 * from];
    for (let row = 0; row < d; row++) {
      target.set(view.subarray(row * ld, row * ld + count), row * d + first);
    }
  }
  if (a === b) mirror(target, d, d);
}

/** Products with aᵀ·a of the whole vocabulary, d×d, which stays in the kernels' memory. @throws InputError as above */
export function tokenSquare(weights: ModelWeights, a: TokenRows): (x: Matrix) => Matrix {
  const { width: d } = weights.architecture;
  const panels = panelCount(d);
  const space = new Arena();
  const ld = 4 * panels;
  const out = space.room(4 * panels * ld);
  const rooms = operands(space, panels);
  space.view(out, 4 * panels * ld).fill(0);
  addProducts(space, weights, { a, b: a, ...rooms }, { from: 0, to: panels }, { out, ld });
  mirror(space.view(out, d * ld), d, ld);
  let places: { readonly cols: number; readonly x: number; readonly y: number } | undefined;
  return (x) => {
    // Columns up to the next even number; the last may be of nothing.
    const width = x.cols + (x.cols % 2);
    if (places?.cols !== x.cols)
      places = { cols: x.cols, x: space.room(d * width), y: space.room(d * width) };
    const given = space.view(places.x, d * width).fill(0);
    for (let row = 0; row < d; row++)
      given.set(x.data.subarray(row * x.cols, (row + 1) * x.cols), row * width);
    space.kernels.product(out, ld, 1, places.x, width, places.y, width, d, d);
    const found = space.view(places.y, d * width);
    const result = matrix(d, x.cols);
    for (let row = 0; row < d; row++) {
      result.data.set(found.subarray(row * width, row * width + x.cols), row * x.cols);
    }
    return result;
  };
}

interface Operands {
  readonly a: TokenRows;
  readonly b: TokenRows;
  /** Where their rows are packed. */
  readonly left: number;
  readonly right: number;
}

function operands(space: Arena, panels: number): Pick<Operands, 'left' | 'right'> {
  return { left: space.room(panels * tokensAtOnce * 4), right: space.room(panels * tokensAtOnce * 4) };
}

/** Adds some panels of columns of aᵀ·b; of aᵀ·a the upper triangle alone. */
function addProducts(
  space: Arena,
  weights: ModelWeights,
  { a, b, left, right }: Operands,
  { from, to }: { readonly from: number; readonly to: number },
  { out, ld }: { readonly out: number; readonly ld: number },
): void {
  const { width: d, vocabSize } = weights.architecture;
  const panels = panelCount(d);
  const isOne = a === b;
  const columns = isOne ? left : right;
  for (let token = 0; token < vocabSize; token += tokensAtOnce) {
    const count = Math.min(tokensAtOnce, vocabSize - token);
    packColumns(space, left, tokenMatrix(weights, a, token, count));
    if (!isOne) packColumns(space, right, tokenMatrix(weights, b, token, count));
    const panelBytes = count * 32;
    for (let column = from; column < to; column++) {
      const rows = isOne ? column + 1 : panels;
      const at = columns + column * panelBytes;
      space.kernels.innerProducts(left, at, panelBytes, count, out + (column - from) * 32, ld, rows, 1);
    }
  }
}

/** Copies what is above the diagonal to below it. */
function mirror(values: Float64Array, size: number, ld: number): void {
  for (let row = 1; row < size; row++) {
    for (let col = 0; col < row; col++) values[row * ld + col] = values[col * ld + row]!;
  }
}
