import { bytesPerElement, type DType } from '../tensor/dtype.js';
import { contiguousStrides, elementCount } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { PickleGlobal, PickleTuple, type PickleValue } from './pickle-values.js';
import { PickledStorage, PickledTensor } from './pickled-tensor.js';

/** Storage classes of `torch`, by the format they imply. */
export const storageClasses: ReadonlyMap<string, DType | null> = new Map<string, DType | null>([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
  ['torch.ComplexFloatStorage', 'complex64'],
  ['torch.ComplexDoubleStorage', 'complex128'],
  ['torch.storage.UntypedStorage', null],
  ['torch.storage.TypedStorage', null],
  ['torch.UntypedStorage', null],
]);

const dtypes: ReadonlyMap<string, DType> = new Map(
  (Object.keys(bytesPerElement) as DType[]).map((dtype) => [`torch.${dtype}`, dtype]),
);

/**
 * Views that share or repeat their storage (stride 0) have more elements than it. So many of a file are allowed, beside
 * those of a generous number of plain views on each storage: decoding more would take a small file hours.
 */
const mostRepeated = 2 ** 24;
const mostPlainViews = 64;

/** As many as PyTorch itself can index. */
const mostDimensions = 64;

/**
 * The globals of `torch` and `collections` that state dicts need.
 * @param file named in errors
 */
export function torchGlobals(file: string): Map<string, PickleGlobal> {
  const fail = failIn(file);
  const globals = new Map<string, PickleGlobal>();
  const add = (name: string, call?: (args: readonly PickleValue[]) => PickleValue) =>
    globals.set(name, new PickleGlobal(name, call));
  const budget: Budget = { elements: mostRepeated, counted: new Set() };
  const usedPairs = new WeakSet<object>();
  add('collections.OrderedDict', ([pairs]) => orderedDict(pairs, usedPairs, fail));
  add('torch.Size', ([items]) => items ?? new PickleTuple([]));
  add('torch._utils._rebuild_tensor_v2', ([storage, offset, size, stride, , , metadata]) => {
    if (!(storage instanceof PickledStorage)) return fail('a tensor has no storage');
    if (storage.dtype === null) return fail(`storage ${storage.key} has no number format`);
    if (metadata instanceof Map && (metadata.get('neg') === true || metadata.get('conj') === true)) {
      return fail(`a tensor of storage ${storage.key} is stored negated or conjugated`);
    }
    return rebuild(storage, storage.dtype, { offset, size, stride }, budget, file);
  });
  add('torch._utils._rebuild_tensor_v3', ([storage, offset, size, stride, , , dtype]) => {
    if (!(storage instanceof PickledStorage)) return fail('a tensor has no storage');
    const format = dtype instanceof PickleGlobal ? dtypes.get(dtype.name) : undefined;
    if (format === undefined) return fail(`a tensor of storage ${storage.key} has no number format`);
    if (storage.isBigEndian && storage.dtype === null && bytesPerElement[format] > 1)
      return fail(`a tensor of storage ${storage.key} is ${format} in big-endian order, which is not read`);
    return rebuild(storage, format, { offset, size, stride }, budget, file);
  });
  add('torch._utils._rebuild_parameter', ([data]) =>
    data instanceof PickledTensor ? data : fail('a parameter holds no tensor'),
  );
  add('torch._utils._rebuild_parameter_with_state', ([data]) =>
    data instanceof PickledTensor ? data : fail('a parameter holds no tensor'),
  );
  for (const name of storageClasses.keys()) add(name);
  for (const name of dtypes.keys()) add(name);
  return globals;
}

type Fail = (what: string) => never;

function failIn(file: string): Fail {
  return (what) => {
    throw new CheckpointError(`${file}: ${what}; copy the file again from where it was written`);
  };
}

function orderedDict(
  pairs: PickleValue | undefined,
  used: WeakSet<object>,
  fail: Fail,
): Map<PickleValue, PickleValue> {
  if (pairs === undefined) return new Map();
  if (!Array.isArray(pairs)) return fail('an OrderedDict is made from something that is no list');
  // A small pickle could copy one long list over and over.
  if (used.has(pairs)) return fail('two OrderedDicts are made from one list');
  used.add(pairs);
  const made = new Map(
    pairs.map((pair) => {
      const items = pair instanceof PickleTuple ? pair.items : pair;
      if (!Array.isArray(items) || items.length !== 2)
        return fail('an OrderedDict holds something that is no pair');
      return [items[0] as PickleValue, items[1] as PickleValue];
    }),
  );
  if (made.size < pairs.length) fail('an OrderedDict sets a key twice');
  return made;
}

/** What is left of the elements that tensors of a file may have beyond those stored, and the storages counted so far. */
interface Budget {
  elements: number;
  readonly counted: Set<PickledStorage>;
}

function rebuild(
  storage: PickledStorage,
  dtype: DType,
  place: Readonly<Record<'offset' | 'size' | 'stride', PickleValue | undefined>>,
  budget: Budget,
  file: string,
): PickledTensor {
  const fail = failIn(file);
  const shape = wholeNumbersOf(place.size);
  const strides = wholeNumbersOf(place.stride);
  const offset = wholeNumber(place.offset);
  const where = `a tensor of storage ${storage.key}`;
  if (
    shape === undefined ||
    strides === undefined ||
    shape.length !== strides.length ||
    offset === undefined
  ) {
    return fail(`${where} has a malformed shape, stride or offset`);
  }
  const available = Math.floor(storage.size / bytesPerElement[dtype]);
  const count = elementCount(shape);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, offset);
  if (!budget.counted.has(storage)) {
    budget.counted.add(storage);
    budget.elements += available * mostPlainViews;
  }
  budget.elements -= count;
  if (count > 0 && last < available && budget.elements < 0) {
    throw new CheckpointError(
      `${file}: ${where} repeats its ${available} elements as ${shape.join('×')} and, with others of the file, more often than is read; save it as it was before it was expanded`,
    );
  }
  if ((count > 0 && last >= available) || !shape.every(Number.isSafeInteger)) {
    return fail(
      `${where}, ${shape.join('×')} with strides ${strides.join(', ')} from element ${offset} on, does not fit the ${available} elements there`,
    );
  }
  const layout = {
    dtype,
    shape,
    strides: count === 0 ? contiguousStrides(shape) : strides,
    offset: count === 0 ? 0 : offset,
  };
  return new PickledTensor(layout, storage);
}

/** A tuple or list of whole numbers from 0, as a shape is; undefined for anything else, or for too many. */
export function wholeNumbersOf(value: PickleValue | undefined): number[] | undefined {
  const items: readonly PickleValue[] | undefined =
    value instanceof PickleTuple ? value.items : Array.isArray(value) ? value : undefined;
  if (items === undefined || items.length > mostDimensions) return undefined;
  const numbers = items.map(wholeNumber);
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

/** Beyond 2^53 rounded, which is beyond any file, so that an error can show what was claimed. */
export function wholeNumber(value: PickleValue | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
}
