/** Bytes of checkpoints ↔ named tensors, without Node: PyTorch's `.pt` and safetensors. */

export { CheckpointError } from '../checkpoint/errors.js';
export { type NumpyArray, writeNpz } from '../checkpoint/npz-write.js';
export { openTensorFile, readCheckpoint, readTensors } from '../checkpoint/read.js';
export { readSafetensors } from '../checkpoint/safetensors-read.js';
export { writeSafetensors } from '../checkpoint/safetensors-write.js';
export { parseShardIndex, type ShardIndex } from '../checkpoint/sharded.js';
export {
  type RowRange,
  readEveryTensor,
  sourceOfState,
  type TensorInfo,
  type TensorSource,
} from '../checkpoint/tensor-source.js';
export { readTestSet, type TestSetTensors, writeTestSet } from '../checkpoint/test-set.js';
export { writeTorchFile } from '../checkpoint/torch-write.js';
export { type BrowserFile, openBrowserFile } from '../files/browser-file.js';
export { type ByteSource, bytesInMemory } from '../files/byte-source.js';
export { toFloat32, toFloat64 } from '../tensor/decode.js';
export type { DType } from '../tensor/dtype.js';
export type { StateDict, Tensor } from '../tensor/tensor.js';
