/**
 * Models run: GPT-2's shape on 50 sequences of 50 tokens with the attention maps of all heads, beside PyTorch on one thread
 * and the peak of 128-bit arithmetic on this machine; one worker and two; a sentence of 30 tokens in a model that is being
 * opened; and the memory that a model of Llama 2 7B's shape takes. Weights are random. Writes bench/results/forward.md.
 *
 *     npm run bench -- forward [--rounds 3] [--llama]
 *
 * `--llama` writes 13 GB of weights into the folder for temporary files.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openModelRunner } from '../dist/behaviour/model-runner.js';
import { predictTokens } from '../dist/behaviour/predict-tokens.js';
import { repeatedTokens } from '../dist/evaluate/repeated-tokens.js';
import { kernelForward } from '../dist/forward/kernel-forward.js';
import { openModel } from '../dist/run/open-model.js';
import { peak } from './peak.js';
import { measureProcess, python, pythonEnvironment } from './process.js';
import { atLeast, atMost, machine, table, writeResults } from './report.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const script = fileURLToPath(new URL('../tools/torch_gpt2_speed.py', import.meta.url));
const gpt2 = { layers: 12, heads: 12, d: 768, V: 50257, T: 50, N: 50 };

/** Random numbers that repeat, so that gigabytes are quickly written; all norms have gain 1. */
function writeWeights(path, dtype, tensors) {
  const bytesEach = dtype === 'F32' ? 4 : 2;
  const header = {};
  let at = 0;
  for (const [name, shape] of tensors) {
    const end = at + bytesEach * shape.reduce((all, size) => all * size, 1);
    header[name] = { dtype, shape, data_offsets: [at, end] };
    at = end;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded));
  const file = openSync(path, 'w');
  writeSync(file, Buffer.concat([size, text, Buffer.alloc(padded - text.length, 0x20)]));
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const encode = (values) => {
    if (dtype === 'F32') return Buffer.from(values.buffer);
    const words = new Uint32Array(values.buffer);
    return Buffer.from(Uint16Array.from(words, (word) => word >>> 16).buffer);
  };
  const some = encode(Float32Array.from({ length: 1_000_003 }, () => 0.08 * (random() - 0.5)));
  for (const [name, shape] of tensors) {
    const count = shape.reduce((all, length) => all * length, 1);
    if (shape.length === 1) {
      writeSync(file, encode(new Float32Array(count).fill(/bias$/.test(name) ? 0 : 1)));
      continue;
    }
    for (let left = count * bytesEach; left > 0; ) {
      left -= writeSync(file, some, 0, Math.min(left, some.length));
    }
  }
  closeSync(file);
}

function writeGpt2(folder) {
  mkdirSync(folder);
  const { layers, heads, d, V } = gpt2;
  const config = {
    ...{ model_type: 'gpt2', vocab_size: V, n_embd: d, n_layer: layers, n_head: heads, n_positions: 1024 },
    ...{ activation_function: 'gelu_new', layer_norm_epsilon: 1e-5 },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const tensors = [
    ['wte.weight', [V, d]],
    ['wpe.weight', [1024, d]],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const add = (name, ...shape) => tensors.push([`h.${layer}.${name}`, shape]);
    for (const norm of ['ln_1', 'ln_2']) for (const part of ['weight', 'bias']) add(`${norm}.${part}`, d);
    add('attn.c_attn.weight', d, 3 * d);
    add('attn.c_attn.bias', 3 * d);
    add('attn.c_proj.weight', d, d);
    add('attn.c_proj.bias', d);
    add('mlp.c_fc.weight', d, 4 * d);
    add('mlp.c_fc.bias', 4 * d);
    add('mlp.c_proj.weight', 4 * d, d);
    add('mlp.c_proj.bias', d);
  }
  tensors.push(['ln_f.weight', [d]], ['ln_f.bias', [d]]);
  writeWeights(join(folder, 'model.safetensors'), 'F32', tensors);
}

/** Multiplications and additions that maps of all heads need: the last layer's queries and keys alone, keys that are attended to. */
function operations({ layers, d, T, N }) {
  const tokens = N * T;
  const scores = N * ((T * (T + 1)) / 2) * d;
  return 2 * ((layers - 1) * (12 * tokens * d * d + 2 * scores) + 2 * tokens * d * d + scores);
}

function cpu(work) {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { result, milliseconds: (user + system) / 1000 };
}

/** The maps of the first sequence, from numpy's file. */
function readMaps(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

async function measureGpt2(folder, rounds) {
  const model = openModel(folder);
  const { heads, layers, T, N, V } = gpt2;
  const { tokens } = repeatedTokens({ vocabSize: V, repeats: 2, sequences: N, segment: T / 2 });
  const ids = join(folder, 'ids.json');
  const mapsFile = join(folder, 'maps.npy');
  const sequences = Array.from({ length: N }, (_, at) => [...tokens.subarray(at * T, (at + 1) * T)]);
  writeFileSync(ids, JSON.stringify(sequences));
  const weights = model.open(model.steps[0]);
  const pass = () => kernelForward(weights, { tokens, length: T, attention: 'all', predictions: false });
  const gigaflops = [];
  const own = [];
  const torch = [];
  for (let round = 0; round < rounds; round++) {
    gigaflops.push(await peak());
    const { result, milliseconds } = cpu(pass);
    own.push(milliseconds);
    const { stdout, status, stderr } = spawnSync(python, [script, folder, ids, mapsFile, '2'], {
      encoding: 'utf8',
      env: pythonEnvironment,
    });
    if (status !== 0) throw new Error(stderr);
    torch.push(JSON.parse(stdout).milliseconds);
    if (round === 0) {
      const expected = readMaps(mapsFile);
      for (let head = 0; head < layers * heads; head++) {
        const map = result.attention.get(head);
        for (let at = 0; at < T * T; at++) {
          const difference = Math.abs(map[at] - expected[head * T * T + at]);
          if (!(difference < 1e-4))
            throw new Error(`head ${head}: ${map[at]} here, ${expected[head * T * T + at]} in PyTorch`);
        }
      }
    }
  }
  const least = (values) => Math.min(...values);
  return { gigaflops: Math.max(...gigaflops), own: least(own), torch: least(torch) };
}

/** Wall seconds of the same through worker threads that are open. */
async function measureWorkers(folder, rounds) {
  const model = openModel(folder);
  const { T, N, V } = gpt2;
  const twice = repeatedTokens({ vocabSize: V, repeats: 2, sequences: N, segment: T / 2 });
  const best = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const jobs of [1, 2]) {
      const runner = openModelRunner(jobs);
      const short = { ...twice, tokens: twice.tokens.slice(0, jobs * T) };
      await runner.scores(model.steps[0], short, jobs);
      const start = performance.now();
      const used = process.cpuUsage();
      await runner.scores(model.steps[0], twice, jobs);
      const wall = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(used);
      await runner.close();
      const before = best.get(jobs);
      if (before === undefined || wall < before.wall) best.set(jobs, { wall, cpu: (user + system) / 1e6 });
    }
  }
  return best;
}

/** A sentence of 30 tokens from opening the model, and the next ones: attention of all heads, losses, likely next tokens. */
async function measureSentence(folder) {
  const { V } = gpt2;
  const sentence = (seed) => Int32Array.from({ length: 30 }, (_, t) => (t * 7919 + seed * 104729) % V);
  const times = [];
  let start = performance.now();
  const model = openModel(folder);
  const runner = openModelRunner(1);
  for (let at = 0; at < 4; at++) {
    const used = process.cpuUsage();
    await predictTokens(runner, [sentence(at)], {
      ...{ location: model.steps[0], attention: true, shares: 1, again: true },
    });
    const { user, system } = process.cpuUsage(used);
    times.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
    start = performance.now();
  }
  await runner.close();
  const [first, ...next] = times;
  const least = (figure) => Math.min(...next.map((time) => time[figure]));
  return { first, next: { wall: least('wall'), cpu: least('cpu') } };
}

const llama2 = { d: 4096, ff: 11008 };

function writeLlamaConfig(folder, layers, V) {
  mkdirSync(folder);
  const { d, ff } = llama2;
  const config = {
    ...{
      model_type: 'llama',
      vocab_size: V,
      hidden_size: d,
      intermediate_size: ff,
      num_hidden_layers: layers,
    },
    ...{
      num_attention_heads: 32,
      num_key_value_heads: 32,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
    },
    ...{ rope_theta: 10000, hidden_act: 'silu', tie_word_embeddings: false },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/** Names and shapes of one layer. */
function llamaLayer(layer) {
  const { d, ff } = llama2;
  const tensor = (name, ...shape) => [`model.layers.${layer}.${name}.weight`, shape];
  return [
    ...['q', 'k', 'v', 'o'].map((name) => tensor(`self_attn.${name}_proj`, d, d)),
    ...[tensor('mlp.gate_proj', ff, d), tensor('mlp.up_proj', ff, d), tensor('mlp.down_proj', d, ff)],
    ...[tensor('input_layernorm', d), tensor('post_attention_layernorm', d)],
  ];
}

/** One layer, and a small vocabulary. */
function measureLayer(folder, gigaflops, rounds) {
  const { d, ff } = llama2;
  const [V, T, N] = [1000, 50, 10];
  writeLlamaConfig(folder, 1, V);
  const file = join(folder, 'model.safetensors');
  const rest = [
    ['model.embed_tokens.weight', [V, d]],
    ['model.norm.weight', [d]],
    ['lm_head.weight', [V, d]],
  ];
  writeWeights(file, 'BF16', [...rest, ...llamaLayer(0)]);
  const model = openModel(folder);
  const { tokens } = repeatedTokens({ vocabSize: V, repeats: 2, sequences: N, segment: T / 2 });
  const weights = model.open(model.steps[0]);
  const buffer = Buffer.alloc(1 << 24);
  const read = () => {
    const descriptor = openSync(file, 'r');
    while (readSync(descriptor, buffer) > 0);
    closeSync(descriptor);
  };
  const pass = () => kernelForward(weights, { tokens, length: T, predictions: true });
  const times = { reading: [], pass: [] };
  for (let round = 0; round < rounds; round++) {
    times.reading.push(cpu(read).milliseconds);
    times.pass.push(cpu(pass).milliseconds);
  }
  const products = N * T * (4 * d * d + 3 * d * ff + V * d) + N * T * (T + 1) * d;
  const least = (2 * products) / gigaflops / 1e6;
  return { least, reading: Math.min(...times.reading), pass: Math.min(...times.pass), tokens: N * T };
}

function writeLlama(folder) {
  const [V, layers] = [32000, 32];
  const { d } = llama2;
  writeLlamaConfig(folder, layers, V);
  const shards = [
    [
      ['model.embed_tokens.weight', [V, d]],
      ['model.norm.weight', [d]],
      ['lm_head.weight', [V, d]],
    ],
  ];
  for (let layer = 0; layer < layers; layer++) {
    if (layer % 4 === 0) shards.push([]);
    shards.at(-1).push(...llamaLayer(layer));
  }
  const map = {};
  shards.forEach((tensors, at) => {
    const name = `model-${String(at + 1).padStart(5, '0')}-of-${String(shards.length).padStart(5, '0')}.safetensors`;
    writeWeights(join(folder, name), 'BF16', tensors);
    for (const [tensor] of tensors) map[tensor] = name;
  });
  writeFileSync(
    join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: {}, weight_map: map }),
  );
}

function measureLlama(folder) {
  const ids = join(folder, 'ids.json');
  const random = Array.from({ length: 25 }, (_, t) => 3 + ((t * 7919) % 31997));
  writeFileSync(ids, JSON.stringify([[...random, ...random]]));
  const one = measureProcess(process.execPath, [
    main,
    'predict',
    folder,
    '--tokens',
    ids,
    '--json',
    '--jobs',
    '1',
  ]);
  writeFileSync(
    ids,
    JSON.stringify([0, 1, 2, 3].map((shift) => [...random, ...random].map((id) => id + shift))),
  );
  const two = measureProcess(process.execPath, [
    main,
    'heads',
    folder,
    '--tokens',
    ids,
    '--json',
    '--jobs',
    '2',
  ]);
  return { one, two };
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, llama: { type: 'boolean' } },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'bridgescope-forward-'));
try {
  const loadBefore = loadavg()[0];
  writeGpt2(join(folder, 'gpt2'));
  const { gigaflops, own, torch } = await measureGpt2(join(folder, 'gpt2'), rounds);
  const workers = await measureWorkers(join(folder, 'gpt2'), rounds);
  const sentence = await measureSentence(join(folder, 'gpt2'));
  const least = operations(gpt2) / gigaflops / 1e6;
  const layer = measureLayer(join(folder, 'layer'), gigaflops, rounds);
  let llama = '';
  if (values.llama) {
    writeLlama(join(folder, 'llama'));
    const { one, two } = measureLlama(join(folder, 'llama'));
    const large = Math.max(one.megabytes, two.megabytes);
    llama = `
**Llama 2 7B’s shape** (32 layers, d 4096, 13 GB of bf16 in 9 shards), each command a process of its own:

${table(
  ['', 'CPU s', 'wall s', 'peak MB'],
  [
    ['`predict`, 50 tokens, one thread', one.cpu.toFixed(1), one.wall.toFixed(1), one.megabytes.toFixed(0)],
    [
      '`heads`, 4 sequences of 50 tokens, two threads',
      two.cpu.toFixed(1),
      two.wall.toFixed(1),
      two.megabytes.toFixed(0),
    ],
  ],
)}

Memory: ${atMost(large, 2048, ' MB', 0)}.
`;
  }
  const [single, double] = [workers.get(1), workers.get(2)];
  writeResults(
    'forward',
    `## Models run

Written by \`npm run bench -- forward${values.llama ? ' --llama' : ''}\`. ${machine()} Load ${loadBefore.toFixed(1)} at the start, ${loadavg()[0].toFixed(1)} at the end: wall times are those of a machine that is at other work. Weights are random.

**GPT-2’s shape**: 12 layers of 12 heads, d 768, 50 sequences of 50 tokens, attention maps of all heads. The maps of the first sequence were held to PyTorch’s first and agreed
to 1e-4. CPU time of one thread, the least of ${rounds} rounds in turns; weights are read from the file and packed each time, in PyTorch they are in memory.

${table(
  ['', 'CPU ms', 'against PyTorch'],
  [
    ['PyTorch, vectors as wide as the machine has', torch.toFixed(0), '1'],
    ['here, 128-bit vectors', own.toFixed(0), `${(own / torch).toFixed(2)}×`],
  ],
)}

The products take ${least.toFixed(0)} ms at the peak of 128-bit multiply and add (${gigaflops.toFixed(1)} GFLOP/s, measured in the same run); the pass takes
${atMost(own / least, 1.3, '×')} of that.

Scores of all heads through worker threads: ${single.wall.toFixed(2)} s with one, ${double.wall.toFixed(2)} s with two, ${atLeast(single.wall / double.wall, 1.8, '×', 2)} (wall
time, the least of ${rounds}; ${single.cpu.toFixed(1)} and ${double.cpu.toFixed(1)} CPU s).

**One layer of Llama 2 7B’s shape** in bf16 (d 4096, 0.4 GB), ${layer.tokens} tokens, one thread: ${(layer.pass / 1000).toFixed(2)} CPU s, weights read and unpacked from the file. Its products take
${(layer.least / 1000).toFixed(2)} s at the same peak, reading the file once more ${(layer.reading / 1000).toFixed(2)} s: ${atMost(layer.pass / layer.least, 1.3, '×')} of the peak’s.

**A sentence of 30 tokens** in GPT-2’s shape, maps of all heads, losses and next tokens, one thread; weights are kept in memory for the next one:

${table(
  ['', 'wall s', 'CPU s'],
  [
    [
      'from opening the model',
      (sentence.first.wall / 1000).toFixed(2),
      (sentence.first.cpu / 1000).toFixed(2),
    ],
    [
      'the next sentence, the least of three',
      (sentence.next.wall / 1000).toFixed(2),
      (sentence.next.cpu / 1000).toFixed(2),
    ],
  ],
)}

First maps: ${atMost(sentence.first.wall / 1000, 2, ' s')}. Next sentence: ${atMost(sentence.next.wall / 1000, 0.5, ' s')}.
${llama}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
