// Causal attention of all heads of one sequence. Queries arrive scaled, by log₂ e / √width (1 / √width under linear attention),
// so that weights are powers of two of scores. Weights lie key by query: p[j][i], so that softmax runs down the rows
// with four queries in the lanes. Rows and columns beyond the diagonal's block of eight are neither computed nor read.
import { powerOfTwo } from './exponential';
import { product, productOverTime, productRows } from './product';

const LN_2: f32 = 0.6931471805599453;

/** Lanes i … i + 3 whose query is not before key j. */
// @ts-ignore: decorator
@inline
function causal(i: usize, j: usize): v128 {
  return i32x4.ge_s(i32x4.add(i32x4.splat(<i32>i), i32x4(0, 1, 2, 3)), i32x4.splat(<i32>j));
}

/** Softmax of the columns i … i + 3 over their keys; bias is null or lies like p. */
function softmaxColumns(p: usize, row: usize, i: usize, block: usize): void {
  const end = p + block * row;
  let j: usize = 0;
  let largest = f32x4.splat(-3.0e38);
  let at = p;
  for (const full = p + (block - 8) * row; at < full; at += row) largest = f32x4.max(largest, v128.load(at));
  for (j = block - 8; at < end; at += row, j++) {
    const score = v128.bitselect(v128.load(at), f32x4.splat(-3.0e38), causal(i, j));
    v128.store(at, score);
    largest = f32x4.max(largest, score);
  }
  let sum = f32x4.splat(0);
  for (at = p; at < end; at += row) {
    const weight = powerOfTwo(f32x4.sub(v128.load(at), largest));
    sum = f32x4.add(sum, weight);
    v128.store(at, weight);
  }
  const inverse = f32x4.div(f32x4.splat(1), sum);
  at = p;
  for (const full = p + (block - 8) * row; at < full; at += row) {
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  for (j = block - 8; at < end; at += row, j++) {
    v128.store(at, v128.and(f32x4.mul(v128.load(at), inverse), causal(i, j)));
  }
}

/** Zeroes the weights of keys after the query, in the diagonal block of the columns i … i + 3. */
function maskColumns(p: usize, row: usize, i: usize, block: usize): void {
  for (let j = block - 8; j < block; j++) {
    v128.store(p + j * row, v128.and(v128.load(p + j * row), causal(i, j)));
  }
}

function addColumns(p: usize, bias: usize, row: usize, block: usize): void {
  for (let at: usize = 0; at < block * row; at += row) {
    v128.store(p + at, f32x4.add(v128.load(p + at), v128.load(bias + at)));
    v128.store(p + at, f32x4.add(v128.load(p + at, 16), v128.load(bias + at, 16)), 16);
  }
}

/**
 * out[c][i] = Σ_{j≤i} p[j][i]·v[c][j], p = softmax_j of the scores, or the scores themselves under linear attention.
 * @param row bytes from one feature, or key, to the next   @param length T rounded up to a multiple of 8
 * @param p heads × length rows   @param bias like p, or 0   @param zeros at least `length` zeros
 */
export function attention(
  q: usize, k: usize, v: usize, p: usize, out: usize, bias: usize, zeros: usize,
  heads: usize, width: usize, length: usize, row: usize, linear: bool,
): void {
  for (let head: usize = 0; head < heads; head++) {
    for (let i: usize = 0; i < length; i += 8) {
      const column = i * 4;
      const block = i + 8;
      product(k, 16, row, q + column, row, p + column, row, block, 8, width, zeros);
      if (bias) addColumns(p + column, bias + column, row, block);
      if (linear) {
        maskColumns(p + column, row, i, block);
        maskColumns(p + column + 16, row, i + 4, block);
      } else {
        softmaxColumns(p + column, row, i, block);
        softmaxColumns(p + column + 16, row, i + 4, block);
      }
      productRows(v, row, p + column, row, out + column, row, width, block);
    }
    q += width * row;
    k += width * row;
    v += width * row;
    out += width * row;
    p += length * row;
    if (bias) bias += length * row;
  }
}

/** dScore = p·(dP - Σ_j p·dP)·ln 2 in place of dP, for the columns i … i + 3. */
function softmaxBackwardColumns(p: usize, dP: usize, row: usize, block: usize): void {
  const length = block * row;
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < length; at += row) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(p + at), v128.load(dP + at)));
  }
  const ln2 = f32x4.splat(LN_2);
  for (let at: usize = 0; at < length; at += row) {
    const dScore = f32x4.mul(v128.load(p + at), f32x4.sub(v128.load(dP + at), sum));
    v128.store(dP + at, f32x4.mul(dScore, ln2));
  }
}

/**
 * Backward pass of `attention`: gradients of the scaled queries, of keys and values.
 * @param dP scratch of `length` rows   @param dBias heads×T×T, query by key, added to; or 0
 * @param biasScale from gradients of scores to gradients of the bias
 */
export function attentionBackward(
  q: usize, k: usize, v: usize, p: usize, dOut: usize, dQ: usize, dK: usize, dV: usize, dP: usize,
  dBias: usize, biasScale: f32, zeros: usize, heads: usize, width: usize, tokens: usize, length: usize, row: usize, linear: bool,
): void {
  for (let head: usize = 0; head < heads; head++) {
    for (let i: usize = 0; i < length; i += 8) {
      const column = i * 4;
      const block = i + 8;
      product(v, 16, row, dOut + column, row, dP + column, row, block, 8, width, zeros);
      if (linear) {
        maskColumns(dP + column, row, i, block);
        maskColumns(dP + column + 16, row, i + 4, block);
      } else {
        softmaxBackwardColumns(p + column, dP + column, row, block);
        softmaxBackwardColumns(p + column + 16, dP + column + 16, row, block);
      }
      productRows(k, row, dP + column, row, dQ + column, row, width, block);
    }
    for (let j: usize = 0; j < length; j += 8) {
      const at = j * 4;
      productOverTime(q + at, row, dP + j * row + at, row, dK + at, row, width, 8, length - j, false);
      productOverTime(dOut + at, row, p + j * row + at, row, dV + at, row, width, 8, length - j, false);
    }
    if (dBias) {
      for (let i: usize = 0; i < tokens; i++) {
        for (let j: usize = 0; j <= i; j++, dBias += 4) {
          store<f32>(dBias, load<f32>(dBias) + biasScale * load<f32>(dP + j * row + 4 * i));
        }
        dBias += 4 * (tokens - 1 - i);
      }
    }
    const step = width * row;
    q += step;
    k += step;
    v += step;
    dOut += step;
    dQ += step;
    dK += step;
    dV += step;
    p += length * row;
  }
}
