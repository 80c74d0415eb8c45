import { decodeRows } from '../tensor/decode-rows.js';
import type { LinearMap } from './weights.js';

/** Rows of W, out, and its columns, in. */
export function sizeOfMap({ weight, rows }: LinearMap): { readonly out: number; readonly in: number } {
  return { out: rows?.length ?? weight.shape[0], in: weight.shape[1] };
}

/** `count` rows of W from row `from` on, row-major, in float64; all of them by default. No others are read. */
export function decodeFloat64(
  map: LinearMap,
  from = 0,
  count = sizeOfMap(map).out - from,
): Float64Array<ArrayBuffer> {
  const values = new Float64Array(count * sizeOfMap(map).in);
  decodeInto(map, from, count, values);
  return values;
}

/** The same in float32. */
export function decodeFloat32(
  map: LinearMap,
  from = 0,
  count = sizeOfMap(map).out - from,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count * sizeOfMap(map).in);
  decodeInto(map, from, count, values);
  return values;
}

function decodeInto(
  { weight, rows }: LinearMap,
  from: number,
  count: number,
  values: Float32Array | Float64Array,
): void {
  if (rows === null) {
    decodeRows(weight.read({ from, count }), { rows: null, from: 0, count }, values);
    return;
  }
  // Rows of a head stand together in the file, in an order of its own.
  const wanted = rows.subarray(from, from + count);
  let [first, last] = [weight.shape[0], -1];
  for (const row of wanted) {
    if (row < first) first = row;
    if (row > last) last = row;
  }
  if (last < first) return;
  const tensor = weight.read({ from: first, count: last - first + 1 });
  decodeRows(tensor, { rows: wanted.map((row) => row - first), from: 0, count }, values);
}
