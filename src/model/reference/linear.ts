/**
 * A linear map with bias, row by row: y = W x + b.
 * @param x rows×in   @param weight out×in   @param bias out   @returns rows×out
 */
export function linear(x: Float64Array, weight: Float64Array, bias: Float64Array): Float64Array {
  const out = bias.length;
  const input = weight.length / out;
  const rows = x.length / input;
  const y = new Float64Array(rows * out);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < out; o++) {
      let sum = bias[o]!;
      for (let i = 0; i < input; i++) sum += weight[o * input + i]! * x[row * input + i]!;
      y[row * out + o] = sum;
    }
  }
  return y;
}

/** A weight and its bias, or the gradients of both. */
export interface LinearPair {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/**
 * Backward pass of `linear`: dW += dyᵀ x, db += Σ dy, and the returned dx = dy W.
 * @param x rows×in, as in the forward pass   @param dy rows×out
 */
export function linearBackward(
  x: Float64Array,
  weight: Float64Array,
  dy: Float64Array,
  gradient: LinearPair,
): Float64Array {
  const out = gradient.bias.length;
  const input = weight.length / out;
  const rows = x.length / input;
  const dx = new Float64Array(x.length);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < out; o++) {
      const d = dy[row * out + o]!;
      gradient.bias[o]! += d;
      for (let i = 0; i < input; i++) {
        gradient.weight[o * input + i]! += d * x[row * input + i]!;
        dx[row * input + i]! += d * weight[o * input + i]!;
      }
    }
  }
  return dx;
}
