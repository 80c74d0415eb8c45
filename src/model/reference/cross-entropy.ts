/**
 * Loss of one prediction, and its gradient in place of the logits.
 * loss = (1 - ε)·(-log p_target) + ε/V·Σ_c (-log p_c), p = softmax(logits), so that
 * d loss / d logit_c = p_c - (1 - ε)·[c = target] - ε/V.
 * @param logits V, overwritten by the gradient   @param smoothing ε
 * Source: PyTorch's `cross_entropy` with `label_smoothing`.
 */
export function crossEntropy(logits: Float64Array, target: number, smoothing: number): number {
  const size = logits.length;
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - largest);
  const logSum = largest + Math.log(sum);
  let loss = 0;
  for (let c = 0; c < size; c++) {
    const wanted = (c === target ? 1 - smoothing : 0) + smoothing / size;
    loss += wanted * (logSum - logits[c]!);
    logits[c] = Math.exp(logits[c]! - logSum) - wanted;
  }
  return loss;
}

/** Index of the largest entry, the first of equals. */
export function argmax(logits: Float64Array): number {
  let best = 0;
  for (let c = 1; c < logits.length; c++) if (logits[c]! > logits[best]!) best = c;
  return best;
}
