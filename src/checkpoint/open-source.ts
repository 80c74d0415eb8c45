import { dirname, join } from 'node:path';
import type { ByteSource } from '../files/byte-source.js';
import { openFile } from '../files/open-file.js';
import { nodeCodec } from './codec-node.js';
import { CheckpointError } from './errors.js';
import { openEveryTensor, openTensorFile } from './read.js';
import { openShards, parseShardIndex } from './sharded.js';
import type { TensorSource } from './tensor-source.js';

const indexName = /\.index\.json$/;

/** The largest index of shards, in bytes: one of a hundred thousand tensors has a tenth of it. */
export const largestIndex = 100_000_000;

/** How to open weights. */
export interface OpenSourceOptions {
  /** Of the state dict to take, where a PyTorch file has several. */
  readonly key?: string;
  /** The folder out of which no link may lead; any may where there is none. */
  readonly within?: string;
}

/**
 * Opens the weights of a model on the disk: a safetensors or PyTorch file, or the index of its shards
 * (`….index.json`). The directory is read, tensors when they are asked for; a shard none of whose tensors is needed is
 * not even opened.
 * @throws InputError
 */
export function openTensorSource(path: string, { key, within }: OpenSourceOptions = {}): TensorSource {
  return openBy(path, within, (file) => openTensorFile(file, nodeCodec, key));
}

/** As `openTensorSource`, for every tensor of a file, state dict or not. @throws InputError */
export function openEverySource(path: string): TensorSource {
  return openBy(path, undefined, (file) => openEveryTensor(file, nodeCodec));
}

function openBy(
  path: string,
  within: string | undefined,
  open: (file: ByteSource) => TensorSource,
): TensorSource {
  const openOne = (file: string) => openFile(file, within);
  if (!indexName.test(path)) return open(openOne(path));
  const bytes = openOne(path);
  if (bytes.size > largestIndex) {
    throw new CheckpointError(`${path}: ${bytes.size} bytes are more than an index of shards has`);
  }
  const index = parseShardIndex(new TextDecoder().decode(bytes.read(0, bytes.size)), path);
  return openShards(index, (shard) => open(openOne(join(dirname(path), shard))), path);
}
