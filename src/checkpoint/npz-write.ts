import { writeZip, type ZipFile } from './zip-write.js';

/** Numbers with their shape, row-major. */
export interface NumpyArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/**
 * An `.npz` archive of float64 arrays, for `numpy.load`. Equal arrays give equal bytes.
 * Source: numpy.lib.format, version 1.0.
 */
export function writeNpz(arrays: readonly NumpyArray[]): Uint8Array<ArrayBuffer> {
  return writeZip(arrays.map((array): ZipFile => ({ name: `${array.name}.npy`, bytes: npy(array) })));
}

/** Data starts at such a multiple. */
const alignment = 64;

function npy({ shape, values }: NumpyArray): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f8', 'fortran_order': False, 'shape': (${tuple}), }`;
  const magic = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0];
  const start = Math.ceil((magic.length + 2 + text.length + 1) / alignment) * alignment;
  const bytes = new Uint8Array(start + values.length * 8);
  bytes.set(magic);
  const view = new DataView(bytes.buffer);
  view.setUint16(magic.length, start - magic.length - 2, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(start - magic.length - 3)}\n`), magic.length + 2);
  values.forEach((value, at) => {
    view.setFloat64(start + at * 8, value, true);
  });
  return bytes;
}
