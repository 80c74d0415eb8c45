import { openTensorSource } from '../checkpoint/open-source.js';
import { isAtMost, rememberedSource } from '../checkpoint/remembered-source.js';
import type { TensorSource } from '../checkpoint/tensor-source.js';
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
export function openWeights(location: WeightsLocation): ModelWeights {
  const { family } = location.architecture;
  return familyByName(family).weights(sourceAt(location), location.architecture);
}

/** Weights that stay in memory are those of a smaller file: GPT-2's take half of it. */
const mostRemembered = 2 ** 30;

/**
 * The same for a model that is run again and again: what has been read is kept, where all of its weights are small enough.
 * @throws InputError as `openWeights`
 */
export function openRememberedWeights(location: WeightsLocation): ModelWeights {
  const source = sourceAt(location);
  const kept = isAtMost(source, mostRemembered) ? rememberedSource(source) : source;
  return familyByName(location.architecture.family).weights(kept, location.architecture);
}

function sourceAt({ path, key, within }: WeightsLocation): TensorSource {
  return openTensorSource(path, {
    ...(key !== undefined && { key }),
    ...(within !== undefined && { within }),
  });
}
