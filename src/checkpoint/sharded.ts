import { showValue } from '../errors.js';
import { CheckpointError } from './errors.js';
import { repeatedMember } from './repeated-member.js';
import { type TensorInfo, type TensorSource, tensorMissing } from './tensor-source.js';

/** Names of tensors and the shards that hold them, in the order of the index. */
export type ShardIndex = ReadonlyMap<string, string>;

/**
 * Reads the text of a `model.safetensors.index.json` or `pytorch_model.bin.index.json`: `{"weight_map": {name: shard}}`.
 * @throws CheckpointError when it is none, or names files that are not beside it
 */
export function parseShardIndex(text: string, file: string): ShardIndex {
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}; copy the index again from where the model was published`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return fail('not valid JSON');
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    return fail('expected "weight_map", an object that gives the shard of each tensor');
  }
  const repeated = repeatedMember(text);
  if (repeated !== undefined) fail(`has ${showValue(repeated)} twice`);
  const index = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    if (!isFileName(shard)) {
      return fail(
        `tensor ${name} is said to be in ${showValue(shard)}, which is not the name of a file beside it`,
      );
    }
    index.set(name, shard);
  }
  return index;
}

/** Names that stay in the folder, on any system. */
function isFileName(shard: unknown): shard is string {
  return (
    typeof shard === 'string' &&
    shard.length > 0 &&
    shard.length <= 255 &&
    !/[/\\:\p{Cc}]/u.test(shard) &&
    shard !== '.' &&
    shard !== '..'
  );
}

/**
 * The tensors of many shards as one source. A shard is opened when the first of its tensors is asked for.
 * @param openShard opens a shard by its name in the index
 * @param file the index, named in errors
 * @throws CheckpointError, when a shard is opened, where it contradicts the index: it lacks a tensor that it should hold,
 * or holds one that the index gives to another shard
 */
export function openShards(
  index: ShardIndex,
  openShard: (shard: string) => TensorSource,
  file: string,
): TensorSource {
  const opened = new Map<string, TensorSource>();
  const open = (shard: string): TensorSource => {
    const known = opened.get(shard);
    if (known !== undefined) return known;
    const source = openShard(shard);
    checkShard(index, shard, source, file);
    opened.set(shard, source);
    return source;
  };
  return {
    file,
    names: [...index.keys()],
    info: (name): TensorInfo | undefined => {
      const shard = index.get(name);
      return shard === undefined ? undefined : open(shard).info(name);
    },
    read: (name, rows) => open(index.get(name) ?? tensorMissing(file, name)).read(name, rows),
    verify: (name) => open(index.get(name) ?? tensorMissing(file, name)).verify?.(name),
  };
}

function checkShard(index: ShardIndex, shard: string, source: TensorSource, file: string): void {
  const held = new Set(source.names);
  for (const [name, place] of index) {
    if (place === shard && !held.has(name)) {
      throw new CheckpointError(
        `${source.file}: lacks tensor ${name}, which ${file} says is there; copy the shard and the index again`,
      );
    }
  }
  for (const name of held) {
    const place = index.get(name);
    if (place !== undefined && place !== shard) {
      throw new CheckpointError(
        `${source.file}: holds tensor ${name}, which ${file} says is in ${place}: it would be there twice; copy the shards and the index again`,
      );
    }
  }
}
