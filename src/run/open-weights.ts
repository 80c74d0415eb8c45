import { openTensorSource } from '../checkpoint/open-source.js';
import type { Architecture } from '../model/architecture.js';
import { familyByName } from '../model/families/registry.js';
import type { ModelWeights } from '../model/weights.js';

/** Where the weights of one checkpoint are and how to read them: plain data, which a worker thread can be sent. */
export interface WeightsLocation {
  /** A file of weights, or the index of its shards. */
  readonly path: string;
  /** Of the state dict to take, where a PyTorch file has several. */
  readonly key?: string;
  /** The folder out of which no link of a file may lead; any may where there is none. */
  readonly within?: string;
  readonly architecture: Architecture;
}

/**
 * Opens the weights of one checkpoint: directories of its files are read, tensors when they are asked for.
 * @throws InputError naming the file and the tensor
 */
export function openWeights({ path, key, within, architecture }: WeightsLocation): ModelWeights {
  const source = openTensorSource(path, {
    ...(key !== undefined && { key }),
    ...(within !== undefined && { within }),
  });
  return familyByName(architecture.family).weights(source, architecture);
}
