import type { LinearPair } from './linear.js';

const epsilon = 1e-5;

/** What the backward pass needs of a LayerNorm. */
export interface Normalized {
  /** rows×d, the result. */
  readonly y: Float64Array;
  /** rows×d, before weight and bias. */
  readonly xhat: Float64Array;
  /** 1 / √(variance + ε) of each row. */
  readonly inverseDeviation: Float64Array;
}

/**
 * LayerNorm over each row: y = weight·(x - mean) / √(variance + 1e-5) + bias, with the population variance.
 * @param x rows×d
 */
export function layerNorm(x: Float64Array, { weight, bias }: LinearPair): Normalized {
  const d = weight.length;
  const rows = x.length / d;
  const y = new Float64Array(x.length);
  const xhat = new Float64Array(x.length);
  const inverseDeviation = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let mean = 0;
    for (let i = 0; i < d; i++) mean += x[row * d + i]! / d;
    let variance = 0;
    for (let i = 0; i < d; i++) variance += (x[row * d + i]! - mean) ** 2 / d;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    inverseDeviation[row] = inverse;
    for (let i = 0; i < d; i++) {
      const value = (x[row * d + i]! - mean) * inverse;
      xhat[row * d + i] = value;
      y[row * d + i] = weight[i]! * value + bias[i]!;
    }
  }
  return { y, xhat, inverseDeviation };
}

/**
 * Backward pass of `layerNorm`: adds to the gradients of weight and bias, and returns
 * dx = (g - mean(g) - x̂·mean(g·x̂)) / deviation, with g = weight·dy.
 */
export function layerNormBackward(
  { xhat, inverseDeviation }: Normalized,
  weight: Float64Array,
  dy: Float64Array,
  gradient: LinearPair,
): Float64Array {
  const d = weight.length;
  const dx = new Float64Array(dy.length);
  for (let row = 0; row < inverseDeviation.length; row++) {
    let mean = 0;
    let projection = 0;
    for (let i = 0; i < d; i++) {
      const at = row * d + i;
      gradient.weight[i]! += dy[at]! * xhat[at]!;
      gradient.bias[i]! += dy[at]!;
      mean += (weight[i]! * dy[at]!) / d;
      projection += (weight[i]! * dy[at]! * xhat[at]!) / d;
    }
    for (let i = 0; i < d; i++) {
      const at = row * d + i;
      dx[at] = (weight[i]! * dy[at]! - mean - xhat[at]! * projection) * inverseDeviation[row]!;
    }
  }
  return dx;
}
