import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.js';
import { isContiguous, positions, toFloat32, toFloat64, toInt32 } from '../../src/tensor/decode.js';
import { bytesPerElement, type DType } from '../../src/tensor/dtype.js';
import { fromFloat32, fromIntegers, toBytes } from '../../src/tensor/encode.js';
import { contiguousStrides, elementCount, type Tensor } from '../../src/tensor/tensor.js';

fc.configureGlobal({ seed: 20262 });

function flat(dtype: DType, storage: Uint8Array, offset = 0): Tensor {
  const shape = [storage.length / bytesPerElement[dtype] - offset];
  return { dtype, shape, strides: [1], offset, storage };
}

const allOf16Bits = Uint8Array.from(
  { length: 2 ** 17 },
  (_, at) => ((at >> 1) >> (at % 2 === 0 ? 0 : 8)) & 0xff,
);

describe('narrow floats against the formula of IEEE 754, all bit patterns', () => {
  /** A float of `exponentBits` and `fractionBits`, its infinities and NaNs at the highest exponent. */
  function ieee(bits: number, exponentBits: number, fractionBits: number): number {
    const sign = bits >> (exponentBits + fractionBits) ? -1 : 1;
    const exponent = (bits >> fractionBits) % 2 ** exponentBits;
    const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
    const bias = 2 ** (exponentBits - 1) - 1;
    if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign / 0 : Number.NaN;
    return exponent === 0
      ? sign * fraction * 2 ** (1 - bias)
      : sign * (1 + fraction) * 2 ** (exponent - bias);
  }

  it.each([
    ['float16', 5, 10],
    ['bfloat16', 8, 7],
  ] as const)('%s', (dtype, exponentBits, fractionBits) => {
    const expected = Float64Array.from({ length: 2 ** 16 }, (_, bits) =>
      ieee(bits, exponentBits, fractionBits),
    );
    expect(toFloat64(flat(dtype, allOf16Bits))).toEqual(expected);
    expect(toFloat32(flat(dtype, allOf16Bits))).toEqual(Float32Array.from(expected));
  });

  it('float8_e5m2', () => {
    const all = Uint8Array.from({ length: 256 }, (_, bits) => bits);
    expect(toFloat64(flat('float8_e5m2', all))).toEqual(Float64Array.from(all, (bits) => ieee(bits, 5, 2)));
  });

  it('float8_e4m3fn, which has no infinities and uses their exponent', () => {
    const all = Uint8Array.from({ length: 256 }, (_, bits) => bits);
    const expected = Float64Array.from(all, (bits) => {
      if ((bits & 0x7f) === 0x7f) return Number.NaN;
      return (bits & 0x78) === 0x78 ? (bits & 0x80 ? -1 : 1) * (1 + (bits & 7) / 8) * 256 : ieee(bits, 4, 3);
    });
    expect(toFloat64(flat('float8_e4m3fn', all))).toEqual(expected);
  });
});

it('reads float8_e8m0fnu, powers of two alone', () => {
  const all = Uint8Array.from({ length: 256 }, (_, bits) => bits);
  const values = toFloat64(flat('float8_e8m0fnu', all));
  expect([values[0], values[126], values[127], values[254], values[255]]).toEqual([
    ...[2 ** -127, 0.5, 1, 2 ** 127, Number.NaN],
  ]);
  expect(values.subarray(1, 255).every((value, at) => value === 2 * values[at]!)).toBe(true);
});

it('makes no real number of a complex one', () => {
  expect(() => toFloat64(flat('complex64', new Uint8Array(16)))).toThrow(ShapeError);
});

describe('whole numbers', () => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, 0xfffefdfcfbfaf9f8n, true);
  const storage = new Uint8Array(view.buffer);

  it.each([
    ['uint8', [0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff]],
    ['int8', [-8, -7, -6, -5, -4, -3, -2, -1]],
    ['bool', [1, 1, 1, 1, 1, 1, 1, 1]],
    ['uint16', [0xf9f8, 0xfbfa, 0xfdfc, 0xfffe]],
    ['int16', [-0x608, -0x406, -0x204, -2]],
    ['uint32', [0xfbfaf9f8, 0xfffefdfc]],
    ['int32', [-0x4050608, -0x10204]],
    ['uint64', [Number(0xfffefdfcfbfaf9f8n)]],
    ['int64', [-Number(0x1020304050608n)]],
  ] as const)('%s', (dtype, expected) => {
    expect([...toFloat64(flat(dtype, storage))]).toEqual(expected);
  });

  it('as int32, or an error that names tensor, element and value', () => {
    const tensor = fromIntegers([1, -(2 ** 31), 2 ** 31 - 1], [3]);
    expect([...toInt32(tensor, 'tokens')]).toEqual([1, -(2 ** 31), 2 ** 31 - 1]);
    expect(() => toInt32(fromIntegers([0, 2 ** 31], [2]), 'test.pth: tokens')).toThrow(
      new ShapeError('test.pth: tokens: element 1 is 2147483648, beyond 32 bits'),
    );
    expect(() => toInt32(fromFloat32(Float32Array.of(1), [1]), 'tokens')).toThrow(
      'tokens: expected whole numbers, found float32',
    );
  });
});

/** A view through permuted axes, steps and repeats on a storage of its own. */
const anyView = fc
  .record({
    axes: fc.array(fc.record({ size: fc.nat(4), stride: fc.nat(9) }), { maxLength: 4 }),
    offset: fc.nat(5),
    dtype: fc.constantFrom<DType>('float32', 'float64', 'int16', 'uint8'),
    shift: fc.nat(7),
  })
  .map(({ axes, offset, dtype, shift }): Tensor => {
    const size = bytesPerElement[dtype];
    const length = offset + 1 + axes.reduce((sum, axis) => sum + Math.max(0, axis.size - 1) * axis.stride, 0);
    // Not aligned: a file stores tensors wherever it likes.
    const storage = new Uint8Array(length * size + shift).subarray(shift);
    const view = new DataView(storage.buffer, shift);
    for (let at = 0; at < length; at++) {
      if (dtype === 'float32') view.setFloat32(at * 4, at, true);
      else if (dtype === 'float64') view.setFloat64(at * 8, at, true);
      else if (dtype === 'int16') view.setInt16(at * 2, at, true);
      else view.setUint8(at, at);
    }
    const [shape, strides] = [axes.map((axis) => axis.size), axes.map((axis) => axis.stride)];
    return { dtype, shape, strides, offset, storage };
  });

/** Element (i₀, i₁, …) at offset + Σ iₖ·strides[k], by counting through every index. */
function byDefinition({ shape, strides, offset }: Tensor): number[] {
  let places = [offset];
  for (const [axis, size] of shape.entries()) {
    places = places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * strides[axis]!));
  }
  return places;
}

describe('strided views', () => {
  it('lie where their definition says, in row-major order', () => {
    fc.assert(
      fc.property(anyView, (tensor) => {
        const expected = byDefinition(tensor);
        expect([...positions(tensor.shape, tensor.strides, tensor.offset)]).toEqual(expected);
        expect([...toFloat64(tensor)]).toEqual(expected);
        expect([...toFloat32(tensor)]).toEqual(expected);
        expect([...toFloat64(flat(tensor.dtype, toBytes(tensor).slice()))]).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('are contiguous where their elements follow one another', () => {
    fc.assert(
      fc.property(anyView, (tensor) => {
        const places = byDefinition(tensor);
        if (isContiguous(tensor)) expect(places).toEqual(places.map((_, at) => tensor.offset + at));
      }),
      { numRuns: 500 },
    );
    expect(isContiguous({ ...flat('uint8', new Uint8Array(6)), shape: [2, 1, 3], strides: [3, 99, 1] })).toBe(
      true,
    );
    expect(isContiguous({ ...flat('uint8', new Uint8Array(6)), shape: [2, 3], strides: [1, 2] })).toBe(false);
  });

  it('of aligned float32 are not copied', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    expect(toFloat32(fromFloat32(values.subarray(1), [3])).buffer).toBe(values.buffer);
    expect(toBytes(fromFloat32(values, [2, 2])).buffer).toBe(values.buffer);
    const fresh = toFloat64(fromFloat32(values, [2, 2]));
    expect(fresh.length).toBe(fresh.buffer.byteLength / 8);
  });

  it('take bytes of Node, whose slice is no copy', () => {
    const bytes = Buffer.concat([Buffer.of(0), Buffer.from(Float64Array.of(1.5, -2).buffer)]);
    expect([...toFloat64(flat('float64', bytes.subarray(1)))]).toEqual([1.5, -2]);
    expect([...toFloat32(flat('float32', bytes.subarray(1)))]).toEqual([0, 1.9375, 0, -2]);
  });
});

describe('shapes', () => {
  it('count their elements; sizes beyond numbers are no NaN', () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([2, 3, 4])).toBe(24);
    expect(elementCount([...Array<number>(60).fill(2 ** 50), 0])).toBe(0);
  });

  it('have row-major strides', () => {
    expect(contiguousStrides([])).toEqual([]);
    expect(contiguousStrides([2, 3, 4])).toEqual([12, 4, 1]);
  });
});
