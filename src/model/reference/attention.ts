/** How scores become weights. */
export interface AttentionShape {
  readonly heads: number;
  readonly width: number;
  readonly length: number;
  /** Linear attention: the scores themselves are the weights, without softmax. */
  readonly linear: boolean;
  /** heads×T×T, added to the scores of relative positions; null otherwise. */
  readonly bias: Float64Array | null;
}

/** Queries, keys and values, or the gradients of the three, each T×d. */
export interface Projections {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
}

/**
 * Causal attention of every head: out_i = Σ_{j≤i} w_ij v_j, w = softmax_j(q_i·k_j / √width + bias_ij).
 * @returns `out` T×d, and `weights` heads×T×T (zero above the diagonal)
 */
export function attention({ q, k, v }: Projections, shape: AttentionShape) {
  const { heads, width, length, linear, bias } = shape;
  const d = heads * width;
  const out = new Float64Array(length * d);
  const weights = new Float64Array(heads * length * length);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < length; i++) {
      const row = (head * length + i) * length;
      let largest = Number.NEGATIVE_INFINITY;
      for (let j = 0; j <= i; j++) {
        let score = 0;
        for (let c = head * width; c < (head + 1) * width; c++) score += q[i * d + c]! * k[j * d + c]!;
        score = score / Math.sqrt(width) + (bias?.[row + j] ?? 0);
        weights[row + j] = score;
        largest = Math.max(largest, score);
      }
      if (!linear) softmax(weights.subarray(row, row + i + 1), largest);
      for (let j = 0; j <= i; j++) {
        for (let c = head * width; c < (head + 1) * width; c++) {
          out[i * d + c]! += weights[row + j]! * v[j * d + c]!;
        }
      }
    }
  }
  return { out, weights };
}

/**
 * Backward pass of `attention`.
 * @param dOut T×d   @param dBias heads×T×T, added to; null without relative positions
 */
export function attentionBackward(
  { q, k, v }: Projections,
  weights: Float64Array,
  dOut: Float64Array,
  dBias: Float64Array | null,
  { heads, width, length, linear }: AttentionShape,
): Projections {
  const d = heads * width;
  const gradient = { q: new Float64Array(q), k: new Float64Array(k), v: new Float64Array(v) };
  for (const array of [gradient.q, gradient.k, gradient.v]) array.fill(0);
  for (let head = 0; head < heads; head++) {
    const [from, to] = [head * width, (head + 1) * width];
    for (let i = 0; i < length; i++) {
      const row = (head * length + i) * length;
      const dWeight = new Float64Array(i + 1);
      let mean = 0;
      for (let j = 0; j <= i; j++) {
        for (let c = from; c < to; c++) {
          dWeight[j]! += dOut[i * d + c]! * v[j * d + c]!;
          gradient.v[j * d + c]! += weights[row + j]! * dOut[i * d + c]!;
        }
        mean += dWeight[j]! * weights[row + j]!;
      }
      for (let j = 0; j <= i; j++) {
        const dScore = linear ? dWeight[j]! : weights[row + j]! * (dWeight[j]! - mean);
        if (dBias) dBias[row + j]! += dScore;
        for (let c = from; c < to; c++) {
          gradient.q[i * d + c]! += (dScore * k[j * d + c]!) / Math.sqrt(width);
          gradient.k[j * d + c]! += (dScore * q[i * d + c]!) / Math.sqrt(width);
        }
      }
    }
  }
  return gradient;
}

function softmax(row: Float64Array, largest: number): void {
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    row[j] = Math.exp(row[j]! - largest);
    sum += row[j]!;
  }
  for (let j = 0; j < row.length; j++) row[j]! /= sum;
}
