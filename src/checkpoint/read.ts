import type { StateDict } from '../tensor/tensor.js';
import type { Codec } from './codec.js';
import { portableCodec } from './codec.js';
import { CheckpointError } from './errors.js';
import { readSafetensors } from './safetensors.js';
import { allTensors, stateDictOf } from './state-dict.js';
import { readTorchFile } from './torch-read.js';

/** How a file holds its tensors. */
export type CheckpointFormat = 'torch' | 'safetensors';

/**
 * Tells the format from the first bytes, whatever the file is called.
 * @throws CheckpointError for PyTorch's old format, for empty files, and for anything else
 */
export function detectFormat(bytes: Uint8Array, file: string): CheckpointFormat {
  if (bytes.length === 0) throw new CheckpointError(`${file}: the file is empty; copy it again`);
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
 * Reads the state dict of a checkpoint, `.pt` or safetensors. Tensors are views on `bytes` where it stores them plainly.
 * @param file named in errors
 * @throws CheckpointError
 */
export function readCheckpoint(bytes: Uint8Array, file: string, codec: Codec = portableCodec): StateDict {
  if (detectFormat(bytes, file) === 'safetensors') return readSafetensors(bytes, file);
  return stateDictOf(readTorchFile(bytes, file, codec), file);
}

/** Reads every tensor of a file, be it a state dict, a test set, or an optimiser's state. @throws CheckpointError */
export function readTensors(bytes: Uint8Array, file: string, codec: Codec = portableCodec): StateDict {
  if (detectFormat(bytes, file) === 'safetensors') return readSafetensors(bytes, file);
  const root = readTorchFile(bytes, file, codec);
  try {
    return stateDictOf(root, file);
  } catch {
    return allTensors(root, file);
  }
}
