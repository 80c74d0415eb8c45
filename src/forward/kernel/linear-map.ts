import type { LinearMap } from '../../model/weights.js';
import { toFloat32 } from '../../tensor/decode.js';
import { bytesPerElement, type DType } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { ForwardMachine } from './machine.js';
import { type Panels, panelBytes } from './panels.js';

/** Number types that the kernels decode; others are decoded before. */
const formats: Partial<Record<DType, number>> = { float32: 0, bfloat16: 1, float16: 2 };

/**
 * Bytes of packed weights that are multiplied with all tokens before the next: they stay in the second cache while the
 * activations stream past.
 */
const blockBytes = 256 * 1024;

/** Rows of W taken at once. */
export function rowsAtOnce(inputs: number): number {
  return Math.max(4, Math.min(64, Math.floor(blockBytes / (16 * inputs)) * 4));
}

/** Where blocks of weights are prepared: behind everything else, since a file's matrix may be as large as it likes. */
export interface WeightRoom {
  /** Byte offsets of the rows of a block. */
  readonly rows: number;
  readonly bias: number;
  /** A block of packed rows. */
  readonly packed: number;
  /** Bytes as the file holds them, up to the end of the memory. */
  readonly source: number;
}

/** @param most the most inputs that a map has */
export function weightRoom(machine: ForwardMachine, most: number): WeightRoom {
  const rows = machine.room(4 * 64);
  const bias = machine.room(4 * 64);
  const packed = machine.room(4 * rowsAtOnce(1) * Math.max(most, blockBytes / (4 * 64)) + blockBytes);
  return { rows, bias, packed, source: machine.end() };
}

/** A block of rows that is packed and ready: rows from … from + count - 1 of W. */
export interface PackedRows {
  readonly from: number;
  readonly count: number;
}

/**
 * Packs W a block of rows at a time and hands each to `use`. Only a block is ever decoded, whatever W's size.
 */
export function forBlocksOfRows(
  machine: ForwardMachine,
  room: WeightRoom,
  { weight, rows, bias }: LinearMap,
  use: (block: PackedRows) => void,
): void {
  const [height, inputs] = weight.shape;
  const out = rows?.length ?? height;
  const most = rowsAtOnce(inputs);
  const stage = stagingOf(machine, room, weight.read(), rows);
  for (let from = 0; from < out; from += most) {
    const count = Math.min(most, out - from);
    const { step, format } = stage(from, count);
    machine.kernels.pack(room.source, room.rows, step, format, count, inputs, room.packed);
    const biases = machine.floats(room.bias, 64).fill(0);
    if (bias !== null) for (let i = 0; i < count; i++) biases[i] = bias[from + i]!;
    use({ from, count });
  }
}

/**
 * y = W x + b for all tokens.
 * @param x panels of W's inputs   @param y panels of its outputs
 */
export function applyMap(
  machine: ForwardMachine,
  room: WeightRoom,
  map: LinearMap,
  x: Panels,
  y: Panels,
  panels: number,
): void {
  forBlocksOfRows(machine, room, map, ({ from, count }) => {
    multiplyRows(machine, room, x, y.at + 32 * from, panelBytes(y), panels, count);
  });
}

/** Multiplies the block that is packed with all tokens. */
export function multiplyRows(
  { kernels }: ForwardMachine,
  room: WeightRoom,
  x: Panels,
  y: number,
  yPanel: number,
  panels: number,
  count: number,
): void {
  kernels.linear(room.packed, x.at, panelBytes(x), y, yPanel, panels, count, x.features, room.bias);
}

type Staging = (from: number, count: number) => { readonly step: number; readonly format: number };

/** How rows get from the file's bytes into the kernels' memory. */
function stagingOf(
  machine: ForwardMachine,
  room: WeightRoom,
  weight: Tensor,
  rows: Int32Array | null,
): Staging {
  const { dtype, storage, offset, strides } = weight;
  const [, inputs] = weight.shape as [number, number];
  const [rowStride, colStride] = strides as [number, number];
  const format = formats[dtype];
  const size = bytesPerElement[dtype];
  const rowOf = (row: number) => (rows === null ? row : rows[row]!);
  const offsets = () => machine.integers(room.rows, 64);

  if (format !== undefined && colStride === 1) {
    return (from, count) => {
      const length = inputs * size;
      machine.reserve(room.source, count * length);
      const target = machine.bytes(room.source, count * length);
      for (let i = 0; i < count; i++) {
        const start = (offset + rowOf(from + i) * rowStride) * size;
        target.set(storage.subarray(start, start + length), i * length);
      }
      const at = offsets();
      for (let i = 0; i < count; i++) at[i] = i * length;
      return { step: size, format };
    };
  }
  if (format !== undefined && rowStride === 1) {
    // Stored [in, out]: a row is a column of the file, so that the matrix is taken in whole, once.
    const [height] = weight.shape as [number, number];
    const length = ((inputs - 1) * colStride + height) * size;
    machine.reserve(room.source, length);
    machine.bytes(room.source, length).set(storage.subarray(offset * size, offset * size + length));
    return (from, count) => {
      const at = offsets();
      for (let i = 0; i < count; i++) at[i] = rowOf(from + i) * size;
      return { step: colStride * size, format };
    };
  }
  return (from, count) => {
    machine.reserve(room.source, 4 * count * inputs);
    for (let i = 0; i < count; i++) {
      const row = { ...weight, shape: [inputs], strides: [colStride] };
      const decoded = toFloat32({ ...row, offset: offset + rowOf(from + i) * rowStride });
      machine.floats(room.source + 4 * i * inputs, inputs).set(decoded);
    }
    const at = offsets();
    for (let i = 0; i < count; i++) at[i] = 4 * i * inputs;
    return { step: 4, format: 0 };
  };
}
