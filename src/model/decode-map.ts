import { decodeRows } from '../tensor/decode-rows.js';
import type { LinearMap } from './weights.js';

/** Rows of W, out, and its columns, in. */
export function sizeOfMap({ weight, rows }: LinearMap): { readonly out: number; readonly in: number } {
  return { out: rows?.length ?? weight.shape[0]!, in: weight.shape[1]! };
}

/** `count` rows of W from row `from` on, row-major, in float64; all of them by default. */
export function decodeFloat64(
  map: LinearMap,
  from = 0,
  count = sizeOfMap(map).out - from,
): Float64Array<ArrayBuffer> {
  const values = new Float64Array(count * sizeOfMap(map).in);
  decodeRows(map.weight, { rows: map.rows, from, count }, values);
  return values;
}

/** The same in float32. */
export function decodeFloat32(
  map: LinearMap,
  from = 0,
  count = sizeOfMap(map).out - from,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count * sizeOfMap(map).in);
  decodeRows(map.weight, { rows: map.rows, from, count }, values);
  return values;
}
