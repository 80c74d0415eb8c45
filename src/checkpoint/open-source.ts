import { dirname, join } from 'node:path';
import { openFile } from '../files/open-file.js';
import { nodeCodec } from './codec-node.js';
import { CheckpointError } from './errors.js';
import { openEveryTensor, openTensorFile } from './read.js';
import { openShards, parseShardIndex } from './sharded.js';
import type { TensorSource } from './tensor-source.js';

const indexName = /\.index\.json$/;

/** An index of a hundred thousand tensors has a tenth of it. */
const largestIndex = 100_000_000;

/**
 * Opens the weights of a model on the disk: a safetensors or PyTorch file, or the index of its shards
 * (`….index.json`). The directory is read, tensors when they are asked for; a shard none of whose tensors is needed is
 * not even opened.
 * @param key of the state dict to take, where a PyTorch file has several
 * @throws InputError
 */
export function openTensorSource(path: string, key?: string): TensorSource {
  return openBy(path, (file) => openTensorFile(openFile(file), nodeCodec, key));
}

/** As `openTensorSource`, for every tensor of a file, state dict or not. @throws InputError */
export function openEverySource(path: string): TensorSource {
  return openBy(path, (file) => openEveryTensor(openFile(file), nodeCodec));
}

function openBy(path: string, open: (file: string) => TensorSource): TensorSource {
  if (!indexName.test(path)) return open(path);
  const bytes = openFile(path);
  if (bytes.size > largestIndex) {
    throw new CheckpointError(`${path}: ${bytes.size} bytes are more than an index of shards has`);
  }
  const index = parseShardIndex(new TextDecoder().decode(bytes.read(0, bytes.size)), path);
  return openShards(index, (shard) => open(join(dirname(path), shard)), path);
}
