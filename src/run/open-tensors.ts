import { join } from 'node:path';
import { openEverySource, openTensorSource } from '../checkpoint/open-source.js';
import type { TensorSource } from '../checkpoint/tensor-source.js';
import { InputError } from '../errors.js';
import { namesIn, statusOf } from '../files/folder-listing.js';
import { cacheOfSnapshot } from './hub-cache.js';
import { missingWeights, weightsIn } from './weight-names.js';

/**
 * The tensors of a file, of an index with its shards, or of the folder of one model, whatever family it is of.
 * @param key of the state dict to take, where a PyTorch file has several
 * @throws InputError
 */
export function openTensorsAt(path: string, key?: string): TensorSource {
  const within = cacheOfSnapshot(path);
  return openTensorSource(weightsPath(path), {
    ...(key !== undefined && { key }),
    ...(within !== undefined && { within }),
  });
}

/** As `openTensorsAt`, for every tensor of a PyTorch file, state dict or not. @throws InputError */
export function openEveryTensorAt(path: string): TensorSource {
  return openEverySource(weightsPath(path));
}

/** Whether a path is the folder of one model. @throws InputError where it is out of reach */
export function isModelFolder(path: string): boolean {
  return statusOf(path)?.isDirectory() === true && weightsIn(namesIn(path)) !== undefined;
}

function weightsPath(path: string): string {
  if (statusOf(path)?.isDirectory() !== true) return path;
  const names = namesIn(path);
  const weights = weightsIn(names);
  if (weights === undefined) throw new InputError(`${path}: ${missingWeights(names)}`);
  return join(path, weights);
}
