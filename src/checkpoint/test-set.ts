import { bytesInMemory } from '../files/byte-source.js';
import { toBytes } from '../tensor/encode.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Codec, portableCodec } from './codec.js';
import { CheckpointError } from './errors.js';
import { detectFormat } from './read.js';

import { allTensors } from './state-dict.js';
import { readTorchFile } from './torch-read.js';
import { readPickled } from './torch-source.js';
import { TorchArchive } from './torch-write.js';

/** What `test.pth` holds: sequences, the lengths of their patterns, and where the two copies start. */
export interface TestSetTensors {
  /** N×T */
  readonly tokens: Tensor;
  /** N */
  readonly lengths: Tensor;
  /** N×2; null for simple repetition, which has no copies apart */
  readonly starts: Tensor | null;
}

/**
 * Reads a `test.pth`: `[tokens, lengths, starts]`, a torch tensor and two numpy arrays.
 * @throws CheckpointError when it is no such list or the shapes do not fit together
 */
export function readTestSet(bytes: Uint8Array, file: string, codec: Codec = portableCodec): TestSetTensors {
  const fail = (what: string): never => {
    throw new CheckpointError(
      `${file}: ${what}; a test set is the list [tokens N×T, lengths N, starts N×2 or None]`,
    );
  };
  const source = bytesInMemory(bytes, file);
  if (detectFormat(source) !== 'torch') fail('is a safetensors file');
  const root = readTorchFile(source, codec);
  if (!Array.isArray(root) || root.length !== 3) return fail('holds no list of three');
  const tensors = readPickled(allTensors(root, file));
  const [tokens, lengths, starts] = ['0', '1', '2'].map((at) => tensors.get(at));
  if (tokens === undefined || lengths === undefined || (starts === undefined && root[2] !== null)) {
    return fail('an element of the list is no tensor');
  }
  const [count] = tokens.shape;
  if (tokens.shape.length !== 2 || lengths.shape.length !== 1 || lengths.shape[0] !== count) {
    return fail(`tokens are ${tokens.shape.join('×')} and lengths ${lengths.shape.join('×')}`);
  }
  if (
    starts !== undefined &&
    (starts.shape.length !== 2 || starts.shape[0] !== count || starts.shape[1] !== 2)
  ) {
    return fail(`starts are ${starts.shape.join('×')} for ${count} sequences`);
  }
  return { tokens, lengths, starts: starts ?? null };
}

/**
 * Writes a `test.pth` as the published code does; since it holds numpy arrays, `torch.load` needs `weights_only=False`.
 * @param folder name inside the archive, such as `test`
 */
export function writeTestSet({ tokens, lengths, starts }: TestSetTensors, folder: string): Uint8Array {
  const archive = new TorchArchive(folder);
  archive.pickle.emptyList().mark();
  archive.tensor(tokens);
  writeNumpy(archive, lengths);
  if (starts === null) archive.pickle.none();
  else writeNumpy(archive, starts);
  archive.pickle.appends();
  return archive.finish();
}

/** numpy keeps `numpy.core` as an alias in version 2, so this name works in both. */
function writeNumpy({ pickle }: TorchArchive, tensor: Tensor): void {
  if (tensor.dtype !== 'int64') throw new CheckpointError(`test sets hold int64, found ${tensor.dtype}`);
  pickle.global('numpy.core.multiarray', '_reconstruct');
  pickle
    .mark()
    .global('numpy', 'ndarray')
    .integers([0])
    .bytes(new TextEncoder().encode('b'))
    .tuple()
    .reduce();
  pickle.mark().integer(1).integers(tensor.shape);
  pickle.global('numpy', 'dtype').mark().text('i8').boolean(false).boolean(true).tuple().reduce();
  pickle.mark().integer(3).text('<').none().none().none().integer(-1).integer(-1).integer(0).tuple().build();
  pickle.boolean(false).bytes(toBytes(tensor)).tuple().build();
}
