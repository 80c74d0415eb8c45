import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { writeTorchFile } from '../../src/checkpoint/torch-write.js';
import type { StateDict } from '../../src/tensor/tensor.js';

/** Writes shards and an index that says what is true of them, or `says` something else. @returns path of the index */
export function writeShards(
  folder: string,
  shards: Readonly<Record<string, StateDict>>,
  says: Readonly<Record<string, string>> = truth(shards),
): string {
  for (const [name, state] of Object.entries(shards)) {
    const isTorch = name.endsWith('.bin');
    writeFileSync(join(folder, name), isTorch ? writeTorchFile(state, 'shard') : writeSafetensors(state));
  }
  const isTorch = Object.keys(shards).some((name) => name.endsWith('.bin'));
  const path = join(folder, isTorch ? 'pytorch_model.bin.index.json' : 'model.safetensors.index.json');
  writeFileSync(path, JSON.stringify({ metadata: { total_size: 1 }, weight_map: says }));
  return path;
}

function truth(shards: Readonly<Record<string, StateDict>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(shards).flatMap(([shard, state]) => [...state.keys()].map((name) => [name, shard])),
  );
}
