import { ShapeError } from '../errors.js';
import { toFloat64 } from './decode.js';
import { bytesPerElement } from './dtype.js';
import { contiguousStrides, elementCount, type Tensor } from './tensor.js';

/** Rows of a matrix that are decoded: `count` of them from row `from` on, through a list of rows where there is one. */
export interface RowSelection {
  /** Row i of the result is row rows[from + i] of the tensor; null for the tensor's own order. */
  readonly rows: Int32Array | null;
  readonly from: number;
  readonly count: number;
}

/**
 * Decodes rows of a two-dimensional tensor, row-major, into `target` (count×cols long). Transposed views, as of GPT-2's
 * `[in, out]` weights, are read along their memory in tiles.
 * @throws ShapeError where the tensor has not two dimensions, or `target` is too short
 */
export function decodeRows(
  tensor: Tensor,
  { rows, from, count }: RowSelection,
  target: Float32Array | Float64Array,
): void {
  const { shape, strides, offset } = tensor;
  const [, cols] = shape;
  const [rowStride, colStride] = strides;
  if (shape.length !== 2 || cols === undefined || rowStride === undefined || colStride === undefined) {
    throw new ShapeError(`expected a matrix, found a tensor of shape ${shape.join('×')}`);
  }
  if (target.length < count * cols) {
    throw new ShapeError(`${count} rows of ${cols} numbers do not fit into ${target.length}`);
  }
  const { values, table } = elementsOf(tensor);
  const rowAt = (row: number) => offset + (rows === null ? from + row : rows[from + row]!) * rowStride;
  if (colStride <= rowStride) {
    for (let row = 0; row < count; row++) {
      copyRow(values, table, rowAt(row), colStride, target, row * cols, cols);
    }
    return;
  }
  // Neighbours in memory belong to different rows: tiles keep both sides within the cache.
  for (let firstRow = 0; firstRow < count; firstRow += tile) {
    const rowsHere = Math.min(tile, count - firstRow);
    for (let firstCol = 0; firstCol < cols; firstCol += tile) {
      const colsHere = Math.min(tile, cols - firstCol);
      for (let row = firstRow; row < firstRow + rowsHere; row++) {
        const at = rowAt(row) + firstCol * colStride;
        copyRow(values, table, at, colStride, target, row * cols + firstCol, colsHere);
      }
    }
  }
}

const tile = 32;

type Elements = Float32Array | Float64Array | Uint16Array;

function copyRow(
  values: Elements,
  table: Float32Array | null,
  at: number,
  stride: number,
  target: Float32Array | Float64Array,
  to: number,
  count: number,
): void {
  if (table === null) {
    if (stride === 1) target.set(values.subarray(at, at + count), to);
    else for (let i = 0; i < count; i++) target[to + i] = values[at + i * stride]!;
    return;
  }
  for (let i = 0; i < count; i++) target[to + i] = table[values[at + i * stride]!]!;
}

/** The storage as numbers, or as 16-bit patterns with the table of what they mean. */
function elementsOf(tensor: Tensor): { values: Elements; table: Float32Array | null } {
  const { dtype, storage } = tensor;
  switch (dtype) {
    case 'float32': {
      const { buffer, byteOffset, length } = aligned(storage, 4);
      return { values: new Float32Array(buffer, byteOffset, length / 4), table: null };
    }
    case 'float64': {
      const { buffer, byteOffset, length } = aligned(storage, 8);
      return { values: new Float64Array(buffer, byteOffset, length / 8), table: null };
    }
    case 'float16':
    case 'bfloat16': {
      const { buffer, byteOffset, length } = aligned(storage, 2);
      return { values: new Uint16Array(buffer, byteOffset, length / 2), table: tableOf(dtype) };
    }
    default: {
      const length = storage.length / bytesPerElement[dtype];
      return {
        values: toFloat64({ dtype, shape: [length], strides: [1], offset: 0, storage }),
        table: null,
      };
    }
  }
}

/** Whole elements on an aligned address: the bytes themselves, or a copy. */
function aligned(storage: Uint8Array, size: number): Uint8Array {
  const whole = storage.subarray(0, storage.length - (storage.length % size));
  return whole.byteOffset % size === 0 ? whole : new Uint8Array(whole);
}

const tables = new Map<'float16' | 'bfloat16', Float32Array>();

/** The number of each of the 65 536 patterns of a 16-bit format; made when first needed. */
function tableOf(dtype: 'float16' | 'bfloat16'): Float32Array {
  let table = tables.get(dtype);
  if (table === undefined) {
    const shape = [0x1_0000];
    const patterns = Uint16Array.from({ length: elementCount(shape) }, (_, bits) => bits);
    const storage = new Uint8Array(patterns.buffer);
    table = Float32Array.from(
      toFloat64({ dtype, shape, strides: contiguousStrides(shape), offset: 0, storage }),
    );
    tables.set(dtype, table);
  }
  return table;
}
