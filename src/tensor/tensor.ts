import type { DType } from './dtype.js';

/**
 * A strided view on raw little-endian bytes, the way a checkpoint stores it: nothing is copied or decoded until asked.
 * Element (i₀, i₁, …) is element `offset + Σ iₖ·strides[k]` of `storage`.
 */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** In elements, one a dimension. */
  readonly strides: readonly number[];
  /** In elements, from the start of `storage`. */
  readonly offset: number;
  /** May be shared with other tensors. */
  readonly storage: Uint8Array;
}

/** Named tensors in the order of the file. */
export type StateDict = ReadonlyMap<string, Tensor>;

/** Number of elements of a shape; 1 for the empty shape. */
export function elementCount(shape: readonly number[]): number {
  // Sizes that lie can multiply to Infinity, and Infinity·0 is NaN.
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Row-major strides of a shape, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}
