import { ShapeError } from '../errors.js';
import { bytesPerElement, type DType, isFloating } from './dtype.js';
import { contiguousStrides, elementCount, type Tensor } from './tensor.js';

/** True where the elements lie one after the other in row-major order. */
export function isContiguous({ shape, strides }: Tensor): boolean {
  const expected = contiguousStrides(shape);
  return shape.every((size, axis) => size <= 1 || strides[axis] === expected[axis]);
}

/**
 * All elements in row-major order as float64; integers beyond 2^53 are rounded.
 * @returns a fresh array
 * @throws ShapeError for complex numbers
 */
export function toFloat64(tensor: Tensor): Float64Array<ArrayBuffer> {
  return decode(tensor, new Float64Array(elementCount(tensor.shape)));
}

/** All elements in row-major order as float32; a view on the file's bytes where they already are aligned float32. */
export function toFloat32(tensor: Tensor): Float32Array {
  const { dtype, shape, offset, storage } = tensor;
  const start = storage.byteOffset + offset * 4;
  if (dtype === 'float32' && isContiguous(tensor) && start % 4 === 0) {
    return new Float32Array(storage.buffer, start, elementCount(shape));
  }
  return decode(tensor, new Float32Array(elementCount(shape)));
}

function decode<Target extends Float64Array | Float32Array>(tensor: Tensor, target: Target): Target {
  const { dtype, shape, offset, storage } = tensor;
  const size = bytesPerElement[dtype];
  if (isContiguous(tensor) && (dtype === 'float32' || dtype === 'float64')) {
    const bytes = storage.subarray(offset * size, (offset + target.length) * size);
    // Typed arrays need aligned bytes, and a copy is.
    const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
    target.set(
      dtype === 'float32'
        ? new Float32Array(buffer, byteOffset, target.length)
        : new Float64Array(buffer, byteOffset, target.length),
    );
    return target;
  }
  const read = readers[dtype];
  const view = new DataView(storage.buffer, storage.byteOffset, storage.byteLength);
  if (shape.length === 1) {
    const step = tensor.strides[0]! * size;
    let from = offset * size;
    for (let at = 0; at < target.length; at++, from += step) target[at] = read(view, from);
    return target;
  }
  let at = 0;
  for (const position of positions(shape, tensor.strides, offset)) target[at++] = read(view, position * size);
  return target;
}

/** Storage positions of all elements in row-major order. */
export function* positions(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Generator<number> {
  const total = elementCount(shape);
  const index = new Array<number>(shape.length).fill(0);
  let position = offset;
  for (let done = 0; done < total; done++) {
    yield position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

type Reader = (view: DataView, at: number) => number;

const readers: Readonly<Record<DType, Reader>> = {
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at) => view.getUint16(at, true),
  int16: (view, at) => view.getInt16(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  float8_e4m3fn: (view, at) => float8e4m3(view.getUint8(at)),
  float8_e5m2: (view, at) => float16(view.getUint8(at) << 8),
  float8_e8m0fnu: (view, at) => float8e8m0(view.getUint8(at)),
  float16: (view, at) => float16(view.getUint16(at, true)),
  bfloat16: (view, at) => bfloat16(view.getUint16(at, true)),
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  complex64: noReal,
  complex128: noReal,
};

/** IEEE binary16: 1 sign, 5 exponent, 10 fraction bits. float8_e5m2 is its upper byte. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** 1 sign, 4 exponent, 3 fraction bits; no infinities, one NaN. */
function float8e4m3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 0xf;
  const fraction = bits & 0x7;
  if (exponent === 0xf && fraction === 7) return Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

/** A power of two: no sign, no fraction, one NaN. */
function float8e8m0(bits: number): number {
  return bits === 0xff ? Number.NaN : 2 ** (bits - 127);
}

function noReal(): never {
  throw new ShapeError('complex numbers are no real ones; take the tensors apart with torch.view_as_real');
}

const widened = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  widened.setUint32(0, bits * 0x1_0000);
  return widened.getFloat32(0);
}

/**
 * All elements of an integer tensor in row-major order.
 * @throws ShapeError when the format is not an integer, or a value is outside -2^31 … 2^31 - 1
 */
export function toInt32(tensor: Tensor, name: string): Int32Array {
  if (isFloating(tensor.dtype))
    throw new ShapeError(`${name}: expected whole numbers, found ${tensor.dtype}`);
  const wide = toFloat64(tensor);
  const values = Int32Array.from(wide);
  const wrong = wide.findIndex((value, at) => value !== values[at]);
  if (wrong !== -1) throw new ShapeError(`${name}: element ${wrong} is ${wide[wrong]}, beyond 32 bits`);
  return values;
}
