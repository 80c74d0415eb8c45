// Losses and predictions without all logits at once: a block of the vocabulary after the other, folded into what each token
// keeps: the largest logit, the sum of powers below it, the best token, the logit of the token to come.
import { LOG2_E, powerOfTwo } from '../model/exponential';
import { tanh } from './hyperbolic';

/** logits ← c·tanh(logits/c), a multiple of 16 bytes. */
export function softcapLogits(x: usize, bytes: usize, c: f32): void {
  const cap = f32x4.splat(c);
  const inverse = f32x4.splat(1 / c);
  for (let at = x; at < x + bytes; at += 16) {
    v128.store(at, f32x4.mul(cap, tanh(f32x4.mul(v128.load(at), inverse))));
  }
}

/**
 * Folds logits of tokens from … from + m - 1 of the vocabulary, m rows of eight positions a panel.
 * @param logits panels of m rows, `panel` bytes apart   @param targets id of the token to come at each position, or -1
 * @param state four arrays of `positions` numbers: largest logit, sum of e^(logit - largest), best token, logit of the target
 */
export function foldLogits(
  logits: usize, panel: usize, m: usize, from: i32, positions: usize, targets: usize, state: usize,
): void {
  const size = positions * 4;
  const log2e = f32x4.splat(LOG2_E);
  for (let at: usize = 0; at < size; at += 16) {
    const column = logits + (at >> 5) * panel + (at & 16);
    const target = v128.load(targets + at);
    const before = v128.load(state + at);
    let largest = before;
    let best = v128.load(state + 2 * size + at);
    let wanted = v128.load(state + 3 * size + at);
    let token = i32x4.splat(from);
    const end = column + m * 32;
    for (let row = column; row < end; row += 32) {
      const value = v128.load(row);
      best = v128.bitselect(token, best, f32x4.gt(value, largest));
      wanted = v128.bitselect(value, wanted, i32x4.eq(token, target));
      largest = f32x4.max(largest, value);
      token = i32x4.add(token, i32x4.splat(1));
    }
    let sum = f32x4.splat(0);
    for (let row = column; row < end; row += 32) {
      sum = f32x4.add(sum, powerOfTwo(f32x4.mul(f32x4.sub(v128.load(row), largest), log2e)));
    }
    const shrunk = f32x4.mul(
      v128.load(state + size + at),
      powerOfTwo(f32x4.mul(f32x4.sub(before, largest), log2e)),
    );
    v128.store(state + at, largest);
    v128.store(state + size + at, f32x4.add(shrunk, sum));
    v128.store(state + 2 * size + at, best);
    v128.store(state + 3 * size + at, wanted);
  }
}
