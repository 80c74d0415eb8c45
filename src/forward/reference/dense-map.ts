import { decodeFloat64, sizeOfMap } from '../../model/decode-map.js';
import type { LinearMap } from '../../model/weights.js';

/** A linear map in plain float64. */
export interface DenseMap {
  readonly out: number;
  readonly input: number;
  /** out×input. */
  readonly weight: Float64Array;
  readonly bias: Float64Array | null;
}

/** Decodes a map: the rows that make it up, in their order. */
export function denseMap(map: LinearMap): DenseMap {
  const { out, in: input } = sizeOfMap(map);
  return { out, input, weight: decodeFloat64(map), bias: map.bias };
}

/**
 * y = W x + b for every row x.
 * @param x rows×input   @returns rows×out
 */
export function applyMap({ out, input, weight, bias }: DenseMap, x: Float64Array): Float64Array {
  const rows = x.length / input;
  const y = new Float64Array(rows * out);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < out; o++) {
      let sum = bias?.[o] ?? 0;
      for (let i = 0; i < input; i++) sum += weight[o * input + i]! * x[row * input + i]!;
      y[row * out + o] = sum;
    }
  }
  return y;
}
