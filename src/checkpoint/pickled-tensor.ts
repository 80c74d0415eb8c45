import { bytesPerElement, type DType } from '../tensor/dtype.js';
import { withSwappedBytes } from '../tensor/swap-bytes.js';
import { elementCount, type Tensor } from '../tensor/tensor.js';
import { PickleObject, type PickleValue } from './pickle-values.js';
import type { ZipArchive } from './zip-read.js';

/** The bytes behind tensors, read when they are asked for and not kept. */
export interface StoredBytes {
  /** Bytes in all. */
  readonly size: number;
  /** All of them, with their checksum checked. */
  read(): Uint8Array;
  /** Some of them; of stored entries no more than these are read. */
  readRange(offset: number, length: number): Uint8Array;
  /** Checks their checksum, holding few of them; absent where there is none. */
  verify?(): void;
}

/** A tensor without its numbers: how it lies in a storage. */
export type TensorLayout = Omit<Tensor, 'storage'>;

/** A tensor inside a pickle; a numpy array is one whose content comes later, as its state. */
export class PickledTensor extends PickleObject {
  /** Undefined for a numpy array that was never given its state. */
  content: { readonly layout: TensorLayout; readonly storage: StoredBytes } | undefined;

  constructor(layout?: TensorLayout, storage?: StoredBytes) {
    super();
    if (layout !== undefined && storage !== undefined) this.content = { layout, storage };
  }

  /** A tensor's state is Python attributes: nothing here needs them. */
  override setState(_state: PickleValue): void {}
}

/** What makes a storage: its bytes are an entry of the archive, `size` of them. */
export interface StorageFields {
  readonly dtype: DType | null;
  readonly key: string;
  readonly size: number;
  readonly isBigEndian: boolean;
  readonly archive: ZipArchive;
  readonly entry: string;
}

/** A storage of an archive; `dtype` is null for untyped storages. */
export class PickledStorage extends PickleObject implements StoredBytes {
  readonly dtype: DType | null;
  readonly key: string;
  readonly size: number;
  /** Bytes are read in the little-endian order all the same, but for untyped storages. */
  readonly isBigEndian: boolean;
  private readonly archive: ZipArchive;
  private readonly entry: string;

  constructor({ dtype, key, size, isBigEndian, archive, entry }: StorageFields) {
    super();
    this.dtype = dtype;
    this.key = key;
    this.size = size;
    this.isBigEndian = isBigEndian;
    this.archive = archive;
    this.entry = entry;
  }

  read(): Uint8Array {
    return this.inOrder(this.archive.read(this.entry));
  }

  readRange(offset: number, length: number): Uint8Array {
    return this.inOrder(this.archive.readRange(this.entry, offset, length));
  }

  private inOrder(bytes: Uint8Array): Uint8Array {
    return this.isBigEndian && this.dtype !== null ? withSwappedBytes(bytes, this.dtype) : bytes;
  }

  verify(): void {
    this.archive.verify(this.entry);
  }

  override setState(): void {}
}

/**
 * The numbers of a layout: the whole storage where it takes all of it, or else the bytes from its first to its last element.
 */
export function readLayout(layout: TensorLayout, storage: StoredBytes): Tensor {
  const { dtype, shape, strides, offset } = layout;
  const size = bytesPerElement[dtype];
  if (elementCount(shape) === 0) return { ...layout, offset: 0, storage: new Uint8Array(0) };
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * (strides[axis] ?? 0), offset);
  const length = (last + 1 - offset) * size;
  if (length === storage.size) return { ...layout, storage: storage.read() };
  return { ...layout, offset: 0, storage: storage.readRange(offset * size, length) };
}
