import type { DType } from '../tensor/dtype.js';
import { contiguousStrides, type StateDict, type Tensor } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';

/** What a checkpoint's directory says of a tensor, before any of its numbers is read. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The file that holds it: one of the shards, or the checkpoint itself. */
  readonly file: string;
  /** The bytes of the file that are the tensor's, where its format keeps them together as they are. */
  readonly bytes?: readonly [from: number, to: number];
}

/** Rows of a tensor's first axis: `count` of them from row `from` on. */
export interface RowRange {
  readonly from: number;
  readonly count: number;
}

/**
 * A checkpoint opened as a directory of tensors, each read when it is asked for and not kept: one file or many shards,
 * safetensors or PyTorch. What a source holds in memory is its directory alone.
 */
export interface TensorSource {
  /** What to call the checkpoint in errors: a file, or the folder of its shards. */
  readonly file: string;
  /** In the order of the files. */
  readonly names: readonly string[];
  info(name: string): TensorInfo | undefined;
  /**
   * One tensor, or some rows of it.
   * @throws CheckpointError where it is missing, its bytes are damaged, or the file has changed since it was opened
   */
  read(name: string, rows?: RowRange): Tensor;
  /**
   * Reads a tensor's bytes once, holding few of them, to check their checksum where the format has one: rows are read
   * without. Absent where no format of the source has any.
   * @throws CheckpointError when they have changed
   */
  verify?(name: string): void;
}

/** A state dict that is in memory already, as a source. */
export function sourceOfState(state: StateDict, file: string): TensorSource {
  return {
    file,
    names: [...state.keys()],
    info: (name) => {
      const tensor = state.get(name);
      return tensor && { name, dtype: tensor.dtype, shape: tensor.shape, file };
    },
    read: (name, rows) => {
      const tensor = state.get(name) ?? tensorMissing(file, name);
      if (rows === undefined) return tensor;
      tensorRows({ name, shape: tensor.shape, file }, rows);
      return rowsOfTensor(tensor, rows);
    },
  };
}

/** Every tensor of a source, in memory. */
export function readEveryTensor(source: TensorSource): StateDict {
  return new Map(source.names.map((name) => [name, source.read(name)]));
}

/** @throws CheckpointError always: the source has no tensor of this name */
export function tensorMissing(file: string, name: string): never {
  throw new CheckpointError(`${file}: tensor ${name} is missing`);
}

/**
 * The first row, and the shape, of what a range takes of a tensor; without a range that is all of it.
 * @throws CheckpointError when the tensor does not have these rows
 */
export function tensorRows(
  { name, shape, file }: Omit<TensorInfo, 'dtype'>,
  rows: RowRange | undefined,
): { readonly from: number; readonly shape: readonly number[] } {
  if (rows === undefined) return { from: 0, shape };
  const { from, count } = rows;
  const [height = 0, ...inner] = shape;
  if (!(from >= 0 && count >= 0 && from + count <= height)) {
    throw new CheckpointError(
      `${file}: tensor ${name} has ${height} rows; ${count} from row ${from} on are not among them`,
    );
  }
  return { from, shape: [count, ...inner] };
}

/** A view on some rows of a tensor's first axis. */
export function rowsOfTensor<Layout extends Omit<Tensor, 'storage'>>(
  tensor: Layout,
  { from, count }: RowRange,
): Layout {
  const [, ...inner] = tensor.shape;
  const [stride = 0] = tensor.strides;
  return { ...tensor, shape: [count, ...inner], offset: tensor.offset + from * stride };
}

/** A row-major float64 tensor on the array's own memory: weights that were computed, as by an intervention. */
export function tensorOfFloat64(values: Float64Array, shape: readonly number[]): Tensor {
  const storage = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype: 'float64', shape, strides: contiguousStrides(shape), offset: 0, storage };
}
