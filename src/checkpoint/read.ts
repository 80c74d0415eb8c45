import { type ByteSource, bytesInMemory } from '../files/byte-source.js';
import type { StateDict } from '../tensor/tensor.js';
import type { Codec } from './codec.js';
import { portableCodec } from './codec.js';
import { CheckpointError } from './errors.js';
import { openSafetensors, readSafetensors } from './safetensors-read.js';
import { allTensors, type PickledState, stateDictOf } from './state-dict.js';
import type { TensorSource } from './tensor-source.js';
import { readTorchFile } from './torch-read.js';
import { readPickled, sourceOfPickled } from './torch-source.js';

/** How a file holds its tensors. */
export type CheckpointFormat = 'torch' | 'safetensors';

/** How many bytes are needed to recognise a format. */
const headLength = 262;

/**
 * Tells the format from the first bytes, whatever the file is called.
 * @throws CheckpointError for PyTorch's old format, for empty files, and for anything else
 */
export function detectFormat(source: ByteSource): CheckpointFormat {
  const file = source.name;
  if (source.size === 0) throw new CheckpointError(`${file}: the file is empty; copy it again`);
  const bytes = source.read(0, Math.min(headLength, source.size));
  const [first, second] = bytes;
  // First, since a header's length can be "PK"; in a zip archive this byte is 0 or 8.
  if (bytes[8] === 0x7b && bytes.length > 9) return 'safetensors';
  if (first === 0x50 && second === 0x4b) return 'torch';
  if (first === 0x80 && second !== undefined && second <= 5) {
    throw new CheckpointError(
      `${file}: PyTorch's old format (before 1.6, a bare pickle); re-save it in Python: torch.save(torch.load(${JSON.stringify(file)}), ${JSON.stringify(file)})`,
    );
  }
  if (new TextDecoder('latin1').decode(bytes.subarray(257, 262)) === 'ustar') {
    throw new CheckpointError(
      `${file}: PyTorch's oldest format (a tar archive); re-save it in Python: torch.save(torch.load(${JSON.stringify(file)}), ${JSON.stringify(file)})`,
    );
  }
  throw new CheckpointError(
    `${file}: neither a PyTorch file (a zip archive) nor safetensors; the file is damaged or something else`,
  );
}

/**
 * Opens the state dict of a file, `.pt` or safetensors: its directory is read, the tensors when they are asked for.
 * @param key of the state dict to take, where a PyTorch file has several; safetensors have one
 * @throws CheckpointError
 */
export function openTensorFile(source: ByteSource, codec: Codec = portableCodec, key?: string): TensorSource {
  if (detectFormat(source) === 'torch') {
    return sourceOfPickled(stateDictOf(readTorchFile(source, codec), source.name, key), source.name);
  }
  return openSafetensors(source);
}

/** Opens every tensor of a file, be it a state dict, a test set, or an optimiser's state. @throws CheckpointError */
export function openEveryTensor(source: ByteSource, codec: Codec = portableCodec): TensorSource {
  if (detectFormat(source) === 'safetensors') return openSafetensors(source);
  return sourceOfPickled(everyTensor(source, codec), source.name);
}

/**
 * Reads the state dict of a checkpoint, `.pt` or safetensors. Tensors are views on `bytes` where it stores them plainly.
 * @param file named in errors   @param key of the state dict to take, where a PyTorch file has several; safetensors have one
 * @throws CheckpointError
 */
export function readCheckpoint(
  bytes: Uint8Array,
  file: string,
  codec: Codec = portableCodec,
  key?: string,
): StateDict {
  const source = bytesInMemory(bytes, file);
  if (detectFormat(source) === 'torch') {
    return readPickled(stateDictOf(readTorchFile(source, codec), file, key));
  }
  return readSafetensors(bytes, file);
}

/** Reads every tensor of a file, as `openEveryTensor` opens them. @throws CheckpointError */
export function readTensors(bytes: Uint8Array, file: string, codec: Codec = portableCodec): StateDict {
  const source = bytesInMemory(bytes, file);
  if (detectFormat(source) === 'safetensors') return readSafetensors(bytes, file);
  return readPickled(everyTensor(source, codec));
}

/** The state dict where there is one, without what stands beside it; or else all there is. */
function everyTensor(source: ByteSource, codec: Codec): PickledState {
  const root = readTorchFile(source, codec);
  try {
    return stateDictOf(root, source.name);
  } catch {
    return allTensors(root, source.name);
  }
}
