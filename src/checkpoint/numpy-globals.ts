import { showValue } from '../errors.js';
import { bytesPerElement, type DType } from '../tensor/dtype.js';
import { withSwappedBytes } from '../tensor/swap-bytes.js';
import { contiguousStrides, elementCount } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { OpaqueObject } from './opaque-object.js';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './pickle-values.js';
import { PickledTensor } from './pickled-tensor.js';
import { wholeNumbersOf } from './torch-globals.js';

const formats: ReadonlyMap<string, DType> = new Map([
  ['b1', 'bool'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['u8', 'uint64'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
]);

/** Classes of numpy's numbers, which options name. */
const scalarTypes = [
  ...['bool_', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'],
  ...['float16', 'float32', 'float64', 'complex64', 'complex128'],
];

type Fail = (what: string) => never;

class NumpyDtype extends PickleObject {
  /** Undefined for texts, objects and records: arrays of them are passed over. */
  readonly dtype: DType | undefined;
  private isBigEndian: boolean;
  private readonly fail: Fail;

  constructor(code: PickleValue | undefined, fail: Fail) {
    super();
    this.dtype = typeof code === 'string' ? formats.get(code.replace(/^[<>|=]/, '')) : undefined;
    this.isBigEndian = typeof code === 'string' && code.startsWith('>');
    this.fail = fail;
  }

  /** (version, byte order, …) */
  override setState(state: PickleValue): void {
    const order = state instanceof PickleTuple ? state.items[1] : undefined;
    if (order !== '<' && order !== '>' && order !== '|' && order !== '=') {
      this.fail(`a numpy array has byte order ${showValue(order)}, expected "<" or ">"`);
    }
    this.isBigEndian = order === '>';
  }

  /** @param swapped arrays that were swapped before: a small pickle can refer to one over and over */
  inOrder(bytes: Uint8Array, swapped: WeakMap<Uint8Array, Uint8Array>): Uint8Array {
    if (!this.isBigEndian || this.dtype === undefined) return bytes;
    const found = swapped.get(bytes) ?? withSwappedBytes(bytes, this.dtype);
    swapped.set(bytes, found);
    return found;
  }
}

class NumpyArray extends PickledTensor {
  private readonly fail: Fail;
  private readonly swapped: WeakMap<Uint8Array, Uint8Array>;

  constructor(fail: Fail, swapped: WeakMap<Uint8Array, Uint8Array>) {
    super();
    this.fail = fail;
    this.swapped = swapped;
  }

  /** (version, shape, dtype, is_fortran, bytes) */
  override setState(state: PickleValue): void {
    const [, size, kind, isFortran, stored] = state instanceof PickleTuple ? state.items : [];
    if (kind instanceof NumpyDtype && kind.dtype === undefined) return;
    const lengths = wholeNumbersOf(size);
    if (lengths === undefined || !(kind instanceof NumpyDtype) || !(stored instanceof Uint8Array)) {
      this.fail('a numpy array has a malformed state');
    }
    const dtype = kind.dtype!;
    const expected = elementCount(lengths) * bytesPerElement[dtype];
    if (stored.length !== expected) {
      this.fail(
        `a numpy array of shape ${lengths.join('×')} has ${stored.length} bytes, expected ${expected}`,
      );
    }
    const bytes = kind.inOrder(stored, this.swapped);
    const strides =
      isFortran === true ? contiguousStrides([...lengths].reverse()).reverse() : contiguousStrides(lengths);
    this.content = {
      layout: { dtype, shape: lengths, strides, offset: 0 },
      storage: {
        size: bytes.length,
        read: () => bytes,
        readRange: (offset, length) => bytes.subarray(offset, offset + length),
      },
    };
  }
}

/**
 * The globals of numpy that pickled arrays need, under their names in numpy 1 and 2.
 * @param file named in errors
 */
export function numpyGlobals(file: string): Map<string, PickleGlobal> {
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}; save it again as int64 or float64`);
  };
  // A small pickle can ask for the same text over and over.
  const encoded = new Map<string, Uint8Array>();
  const encode = (text: PickleValue | undefined): Uint8Array => {
    if (typeof text !== 'string') return fail('bytes of a numpy array are no text');
    const bytes = encoded.get(text) ?? latin1Bytes(text, fail);
    encoded.set(text, bytes);
    return bytes;
  };
  const swapped = new WeakMap<Uint8Array, Uint8Array>();
  const name = 'numpy.core.multiarray._reconstruct';
  const reconstruct = new PickleGlobal(name, () => new NumpyArray(fail, swapped));
  // A loss or a step that numpy computed: nothing here needs it.
  const scalar = new PickleGlobal(
    'numpy.core.multiarray.scalar',
    () => new OpaqueObject('numpy scalar', file),
  );
  // States of random generators, which training saves beside its weights.
  const random = ['__randomstate_ctor', '__generator_ctor', '__bit_generator_ctor'].map((called) => {
    const full = `numpy.random._pickle.${called}`;
    return [full, new PickleGlobal(full, () => new OpaqueObject(full, file))] as const;
  });
  return new Map<string, PickleGlobal>([
    ...random,
    ...scalarTypes.map((type) => [`numpy.${type}`, new PickleGlobal(`numpy.${type}`)] as const),
    ['numpy.core.multiarray._reconstruct', reconstruct],
    ['numpy._core.multiarray._reconstruct', reconstruct],
    ['numpy.core.multiarray.scalar', scalar],
    ['numpy._core.multiarray.scalar', scalar],
    ['numpy.ndarray', new PickleGlobal('numpy.ndarray')],
    ['numpy.dtype', new PickleGlobal('numpy.dtype', ([code]) => new NumpyDtype(code, fail))],
    ['_codecs.encode', new PickleGlobal('_codecs.encode', ([text]) => encode(text))],
  ]);
}

/** Protocol 2 has no bytes: Python writes them as text in which every character is one byte. */
function latin1Bytes(text: string, fail: Fail): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) fail('bytes of a numpy array are no latin-1 text');
    bytes[at] = code;
  }
  return bytes;
}
