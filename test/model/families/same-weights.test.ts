import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../src/checkpoint/safetensors-write.js';
import { readEveryTensor } from '../../../src/checkpoint/tensor-source.js';
import { writeTorchFile } from '../../../src/checkpoint/torch-write.js';
import { InputError } from '../../../src/errors.js';
import { referenceForward } from '../../../src/forward/reference.js';
import { decodeFloat64 } from '../../../src/model/decode-map.js';
import type { LinearMap, ModelWeights } from '../../../src/model/weights.js';
import { openTensorsAt } from '../../../src/run/open-tensors.js';
import { toFloat64 } from '../../../src/tensor/decode.js';
import type { StateDict, Tensor } from '../../../src/tensor/tensor.js';
import { writeShards } from '../../checkpoint/sharded-files.js';
import {
  goldenModelPath,
  goldenModels,
  goldenModelValues,
  measureWeights,
  numbersOf,
  weightsAt,
} from './golden-models.js';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bridgescope-families-'));
});
afterAll(() => rmSync(root, { recursive: true }));

interface StoredModel {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: StateDict;
}

function storedModel(name: string): StoredModel {
  const path = goldenModelPath(name);
  return {
    config: JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')),
    tensors: readEveryTensor(openTensorsAt(path)),
  };
}

type Writer = (folder: string, tensors: StateDict) => void;

const asSafetensors: Writer = (folder, tensors) =>
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(tensors));
const asTorch: Writer = (folder, tensors) =>
  writeFileSync(join(folder, 'pytorch_model.bin'), writeTorchFile(tensors, 'archive'));
/** Each tensor in another shard than the one before. */
const inShards =
  (extension: 'safetensors' | 'bin'): Writer =>
  (folder, tensors) => {
    const shards: Record<string, StateDict> = {};
    for (const at of [0, 1, 2]) {
      shards[`part-${at}.${extension}`] = new Map([...tensors].filter((_, place) => place % 3 === at));
    }
    writeShards(folder, shards);
  };

function write({ config, tensors }: StoredModel, writer: Writer = asSafetensors): string {
  const folder = mkdtempSync(join(root, 'model-'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writer(folder, tensors);
  return folder;
}

/** A digest of every part of a model, decoded. */
function digestsOf(weights: ModelWeights): Record<string, string | null> {
  const { layers, vocabSize } = weights.architecture;
  const digest = (values: Float64Array) =>
    createHash('sha1')
      .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
      .digest('hex');
  const digests: Record<string, string | null> = {};
  const add = (name: string, part: object | null) => {
    if (part === null) digests[name] = null;
    else if (part instanceof Float64Array) digests[name] = digest(part);
    else if ('storage' in part) digests[name] = digest(toFloat64(part as Tensor));
    else if ('weight' in part) add(`${name}.weight`, decodeFloat64(part as LinearMap));
    if (part === null || part instanceof Float64Array || 'storage' in part) return;
    for (const [key, value] of Object.entries(part)) {
      if (key !== 'weight' && key !== 'rows') add(`${name}.${key}`, value);
    }
  };
  add('embedding', weights.embedding(0, vocabSize));
  add('unembedding', weights.unembedding(0, vocabSize));
  add('unembedding.bias', weights.unembeddingBias());
  add('positions', weights.positionEmbedding());
  add('final', weights.finalNorm());
  for (let index = 0; index < layers; index++) {
    const layer = weights.layer(index);
    add(`${index}.attention`, layer.attention());
    add(`${index}.mlp`, layer.mlp());
  }
  return digests;
}

const prefixed = /^(?:transformer|model|gpt_neox)\./;
const prefixOf: Readonly<Record<string, string>> = {
  gpt2: 'transformer.',
  falcon: 'transformer.',
  gpt_neox: 'gpt_neox.',
};

/** Names with the family's prefix, or without. */
function withPrefix({ config, tensors }: StoredModel, has: boolean): StoredModel {
  const prefix = prefixOf[config['model_type'] as string] ?? 'model.';
  const renamed = [...tensors].map(([name, tensor]) => {
    const short = name.replace(prefixed, '');
    const isOutside = short === 'lm_head.weight' || short === 'embed_out.weight';
    return [has && !isOutside ? prefix + short : short, tensor] as const;
  });
  return { config, tensors: new Map(renamed) };
}

describe.each(goldenModels)('%s', (name) => {
  it('has the same weights whatever files hold them', () => {
    const model = storedModel(name);
    const expected = digestsOf(weightsAt(goldenModelPath(name)));
    for (const writer of [asSafetensors, asTorch, inShards('safetensors'), inShards('bin')]) {
      expect(digestsOf(weightsAt(write(model, writer)))).toEqual(expected);
    }
    for (const has of [true, false]) {
      expect(digestsOf(weightsAt(write(withPrefix(model, has))))).toEqual(expected);
    }
  });

  it('is refused when it is opened for anything that its last layer lacks, by the names of file and tensor', () => {
    const { config, tensors } = storedModel(name);
    const ofLastLayer = [...tensors.keys()].filter(
      (key) => /\.1\./.test(key) && !/rotary|masked_bias|attn\.bias|attention\.bias/.test(key),
    );
    expect(ofLastLayer.length).toBeGreaterThan(4);
    for (const lost of ofLastLayer) {
      const path = write({ config, tensors: new Map([...tensors].filter(([key]) => key !== lost)) });
      const opening = () => weightsAt(path);
      expect(opening, lost).toThrow(InputError);
      expect(opening).toThrow(join(path, 'model.safetensors'));
      // A bias that one layer has and another lacks is told by its layer.
      expect(opening).toThrow(
        lost.endsWith('.bias') ? /layer 1 has a bias|is missing/ : `${lost} is missing`,
      );
    }
  });
});

/** Rows of a tensor in another order, some of them more than once. */
function pickRows(tensor: Tensor, rows: readonly number[]): Tensor {
  const [, ...inner] = tensor.shape;
  const values = toFloat64(tensor);
  const cols = inner[0] ?? 1;
  const picked = rows.flatMap((row) => [...values.subarray(row * cols, (row + 1) * cols)]);
  const storage = new Uint8Array(Float64Array.from(picked).buffer);
  return {
    dtype: 'float64',
    shape: [rows.length, ...inner],
    strides: inner[0] ? [cols, 1] : [1],
    offset: 0,
    storage,
  };
}

const blockRows = (blocks: readonly number[], h: number) =>
  blocks.flatMap((block) => Array.from({ length: h }, (_, row) => block * h + row));

/** A model whose heads share keys and values, written with keys and values of their own for each. */
function writtenOut({ config, tensors }: StoredModel, weights: ModelWeights): StoredModel {
  const { heads, keyHeads, headWidth: h } = weights.architecture;
  const queries = heads / keyHeads;
  const everyHead = Array.from({ length: heads }, (_, head) => head);
  const group = (head: number) => Math.floor(head / queries);
  const keysOfHeads = blockRows(everyHead.map(group), h);
  // A group of Falcon is its queries, its key, its value.
  const groupsOfHeads = blockRows(
    everyHead.flatMap((head) => {
      const first = group(head) * (queries + 2);
      return [first + (head % queries), first + queries, first + queries + 1];
    }),
    h,
  );
  const changed = [...tensors].map(([name, tensor]) => {
    if (/\.[kv]_proj\./.test(name)) return [name, pickRows(tensor, keysOfHeads)] as const;
    if (/query_key_value/.test(name)) return [name, pickRows(tensor, groupsOfHeads)] as const;
    return [name, tensor] as const;
  });
  const all = { num_key_value_heads: heads, num_kv_heads: heads, multi_query: false };
  return { config: { ...config, ...all }, tensors: new Map(changed) };
}

const grouped = goldenModels.filter((name) => {
  const { heads, keyHeads } = weightsAt(goldenModelPath(name)).architecture;
  return keyHeads < heads;
});

it('every family with shared keys is among those that are written out', () => {
  expect(grouped).toEqual(['falcon', 'falcon_new', 'gemma', 'gemma2', 'llama', 'mistral', 'qwen2', 'qwen3']);
});

describe.each(grouped)('shared keys of %s, written out as full heads,', (name) => {
  it('measure and run as before, to the same bits', async () => {
    const shared = weightsAt(goldenModelPath(name));
    const full = weightsAt(write(writtenOut(storedModel(name), shared)));
    expect(full.architecture.keyHeads).toBe(full.architecture.heads);
    expect(numbersOf(await measureWeights(full))).toEqual(numbersOf(await measureWeights(shared)));
    const [first]: number[][] = goldenModelValues(name).input_ids;
    const request = { tokens: Int32Array.from(first!), length: first!.length, logits: [first!.length - 1] };
    expect(referenceForward(full, request).logits).toEqual(referenceForward(shared, request).logits);
  });
});
