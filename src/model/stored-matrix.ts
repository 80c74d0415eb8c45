import { type RowRange, rowsOfTensor } from '../checkpoint/tensor-source.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * A matrix of a checkpoint as a view `[out, in]`, read when it is asked for and not kept, so that a head of a large model
 * takes its own rows of the file alone.
 */
export interface StoredMatrix {
  readonly shape: readonly [out: number, input: number];
  /**
   * All of it, or some rows.
   * @throws CheckpointError where its bytes are damaged, or the file has changed since it was opened
   */
  read(rows?: RowRange): Tensor;
}

/** A matrix that is in memory already. */
export function storedTensor(tensor: Tensor): StoredMatrix {
  const [out = 0, input = 0] = tensor.shape;
  return { shape: [out, input], read: (rows) => (rows === undefined ? tensor : rowsOfTensor(tensor, rows)) };
}

/** The same matrix, kept from the first time that all of it is read: for what several maps are parts of. */
export function keptOnceWhole({ shape, read }: StoredMatrix): StoredMatrix {
  let whole: StoredMatrix | undefined;
  return {
    shape,
    read: (rows) => {
      if (rows === undefined) whole ??= storedTensor(read());
      return (whole?.read ?? read)(rows);
    },
  };
}

/** The transpose of a matrix. Its rows are columns of the file, so the first of them that is asked for reads and keeps all. */
export function transposedMatrix({ shape: [out, input], read }: StoredMatrix): StoredMatrix {
  let whole: StoredMatrix | undefined;
  return {
    shape: [input, out],
    read: (rows) => {
      whole ??= storedTensor(transposed(read()));
      return whole.read(rows);
    },
  };
}

function transposed(tensor: Tensor): Tensor {
  return { ...tensor, shape: tensor.shape.toReversed(), strides: tensor.strides.toReversed() };
}
