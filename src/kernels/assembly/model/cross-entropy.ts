// Cross entropy of the next token, four positions in the lanes. logits[v][t], one row a token of the vocabulary.
import { LOG2_E, powerOfTwo } from './exponential';

/**
 * Losses and predictions of one sequence, and, if scale is not 0, scale·gradient in place of the logits (zero for positions
 * that predict nothing).
 * loss = log Σ_c exp(l_c) - (1 - ε)·l_target - ε·mean_c l_c
 * @param tokens ids of the sequence: position t predicts the one at t + 1   @param losses one a position
 * @param predictions one a position
 * @returns the sum of the losses
 */
export function crossEntropy(
  logits: usize, tokens: usize, losses: usize, predictions: usize,
  vocabulary: usize, count: usize, length: usize, row: usize, smoothing: f32, scale: f32,
): f64 {
  let total: f64 = 0;
  for (let t: usize = 0; t < length; t += 4) {
    const column = logits + 4 * t;
    const end = column + vocabulary * row;
    let largest = v128.load(column);
    let plain = largest;
    let best = i32x4.splat(0);
    let index = best;
    for (let at = column + row; at < end; at += row) {
      const value = v128.load(at);
      index = i32x4.add(index, i32x4.splat(1));
      best = v128.bitselect(index, best, f32x4.gt(value, largest));
      largest = f32x4.max(largest, value);
      plain = f32x4.add(plain, value);
    }
    v128.store(predictions + 4 * t, best);

    // log p = l - largest - log Σ: the target's part is read before the gradient overwrites it.
    const wanted: f32 = 1 - smoothing;
    const mean = f32x4.mul(plain, f32x4.splat(1 / <f32>vocabulary));
    v128.store(losses + 4 * t, f32x4.sub(largest, f32x4.mul(mean, f32x4.splat(smoothing))));
    for (let at = t * 4; at < t * 4 + 16 && at + 4 < count * 4; at += 4) {
      const target = load<f32>(logits + <usize>load<u32>(tokens + at + 4) * row + at);
      store<f32>(losses + at, load<f32>(losses + at) - wanted * target);
    }

    const log2e = f32x4.splat(LOG2_E);
    let sum = f32x4.splat(0);
    for (let at = column; at < end; at += row) {
      const weight = powerOfTwo(f32x4.mul(f32x4.sub(v128.load(at), largest), log2e));
      sum = f32x4.add(sum, weight);
      if (scale != 0) v128.store(at, weight);
    }
    total += addLogs(sum, losses + 4 * t, t, count);
    if (scale != 0) gradient(column, tokens, end, sum, t, count, row, wanted * scale, (smoothing * scale) / <f32>vocabulary, scale);
  }
  return total;
}

/** Adds log Σ to the losses of the positions that predict, and returns the sum of those losses. */
// @ts-ignore: decorator
@inline
function addLogs(sum: v128, losses: usize, t: usize, count: usize): f64 {
  let total: f64 = 0;
  if (t + 1 < count) total += addLog(f32x4.extract_lane(sum, 0), losses);
  if (t + 2 < count) total += addLog(f32x4.extract_lane(sum, 1), losses + 4);
  if (t + 3 < count) total += addLog(f32x4.extract_lane(sum, 2), losses + 8);
  if (t + 4 < count) total += addLog(f32x4.extract_lane(sum, 3), losses + 12);
  return total;
}

function addLog(sum: f32, loss: usize): f64 {
  const value = load<f32>(loss) + Mathf.log(sum);
  store<f32>(loss, value);
  return <f64>value;
}

/** Turns weights exp(l - largest) into scale·(p - (1 - ε)·[target] - ε/V). */
function gradient(
  column: usize, tokens: usize, end: usize, sum: v128, t: usize, count: usize, row: usize,
  wanted: f32, spread: f32, scale: f32,
): void {
  const predicts = i32x4.lt_s(
    i32x4.add(i32x4.splat(<i32>t), i32x4(1, 2, 3, 4)),
    i32x4.splat(<i32>count),
  );
  const factor = v128.and(f32x4.div(f32x4.splat(scale), sum), predicts);
  const shift = v128.and(f32x4.splat(spread), predicts);
  for (let at = column; at < end; at += row) {
    v128.store(at, f32x4.sub(f32x4.mul(v128.load(at), factor), shift));
  }
  for (let lane: usize = 0; lane < 4 && t + lane + 1 < count; lane++) {
    const at = column + <usize>load<u32>(tokens + 4 * (t + lane + 1)) * row + 4 * lane;
    store<f32>(at, load<f32>(at) - wanted);
  }
}
