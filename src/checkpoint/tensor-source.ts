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
      const tensor = state.get(name);
      if (tensor === undefined) throw new CheckpointError(`${file}: tensor ${name} is missing`);
      return rows === undefined ? tensor : rowsOfTensor(tensor, rows);
    },
  };
}

/** A view on some rows of a tensor's first axis. */
export function rowsOfTensor(tensor: Tensor, { from, count }: RowRange): Tensor {
  const [, ...inner] = tensor.shape;
  const [stride = 0] = tensor.strides;
  return { ...tensor, shape: [count, ...inner], offset: tensor.offset + from * stride };
}

/** A row-major float64 tensor on the array's own memory: weights that were computed, as by an intervention. */
export function tensorOfFloat64(values: Float64Array, shape: readonly number[]): Tensor {
  const storage = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype: 'float64', shape, strides: contiguousStrides(shape), offset: 0, storage };
}
