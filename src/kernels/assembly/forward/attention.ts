// Causal attention of one head of one sequence. Weights lie key by query, p[j][i], so that softmax runs down the rows with four
// queries in the lanes; rows and columns beyond the diagonal's block of eight are neither computed nor read.
import { LOG2_E, powerOfTwo } from '../model/exponential';
import { product, productRows } from '../model/product';
import { tanh } from './hyperbolic';

const LEAST: f32 = -3.0e38;

/** Lanes i … i + 3 whose query sees key j: j ≤ i and i - j < window. */
// @ts-ignore: decorator
@inline
function seen(i: usize, j: usize, window: i32): v128 {
  const back = i32x4.add(i32x4.splat(<i32>i - <i32>j), i32x4(0, 1, 2, 3));
  return v128.and(i32x4.ge_s(back, i32x4.splat(0)), i32x4.lt_s(back, i32x4.splat(window)));
}

/** Scores of the columns i … i + 3 become attention: softmax over the seen keys, or masked scores under linear attention. */
function finishColumns(
  p: usize, bias: usize, row: usize, i: usize, block: usize, scale: f32, softcap: f32, window: i32, linear: bool,
): void {
  const scales = f32x4.splat(scale);
  const cap = f32x4.splat(softcap);
  const inverseCap = f32x4.splat(softcap === 0 ? 0 : 1 / softcap);
  let largest = f32x4.splat(LEAST);
  for (let j: usize = 0; j < block; j++) {
    const at = p + j * row;
    let score = f32x4.mul(v128.load(at), scales);
    if (bias) score = f32x4.add(score, v128.load(bias + j * row));
    if (softcap !== 0) score = f32x4.mul(cap, tanh(f32x4.mul(score, inverseCap)));
    const visible = seen(i, j, window);
    score = linear ? v128.and(score, visible) : v128.bitselect(score, f32x4.splat(LEAST), visible);
    v128.store(at, score);
    largest = f32x4.max(largest, score);
  }
  if (linear) return;
  const log2e = f32x4.splat(LOG2_E);
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < block; j++) {
    const at = p + j * row;
    const power = powerOfTwo(f32x4.mul(f32x4.sub(v128.load(at), largest), log2e));
    const weight = v128.and(power, seen(i, j, window));
    sum = f32x4.add(sum, weight);
    v128.store(at, weight);
  }
  const inverse = f32x4.div(f32x4.splat(1), sum);
  for (let at = p; at < p + block * row; at += row) v128.store(at, f32x4.mul(v128.load(at), inverse));
}

/**
 * out[c][i] = Σ_{j≤i} p[j][i]·v[c][j], with p the softmax over j of scale·q·k + bias, softcapped, within the window; or those
 * scores themselves under linear attention.
 * @param row bytes from one feature, or key, to the next   @param length T rounded up to a multiple of 8
 * @param p `length` rows   @param bias like p, or 0   @param softcap 0 for none   @param window beyond T for none
 * @param zeros at least `length` zeros
 */
export function attendColumns(
  q: usize, k: usize, v: usize, p: usize, out: usize, bias: usize, zeros: usize,
  width: usize, length: usize, row: usize, scale: f32, softcap: f32, window: i32, linear: bool,
): void {
  for (let i: usize = 0; i < length; i += 8) {
    const column = i * 4;
    const block = i + 8;
    product(k, 16, row, q + column, row, p + column, row, block, 8, width, zeros);
    const own = bias ? bias + column : 0;
    finishColumns(p + column, own, row, i, block, scale, softcap, window, linear);
    finishColumns(p + column + 16, own ? own + 16 : 0, row, i + 4, block, scale, softcap, window, linear);
    if (out) productRows(v, row, p + column, row, out + column, row, width, block);
  }
}

/** map[i][j] = p[j][i] for keys up to the query, and 0 behind. */
export function writeMap(p: usize, row: usize, tokens: usize, map: usize): void {
  for (let i: usize = 0; i < tokens; i++) {
    for (let j: usize = 0; j < tokens; j++, map += 4) {
      store<f32>(map, j <= i ? load<f32>(p + j * row + 4 * i) : 0);
    }
  }
}
