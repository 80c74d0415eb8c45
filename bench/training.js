// Speed of training, side by side with PyTorch on one thread and with the peak of 128-bit arithmetic on this machine.
//
//     npm run build && node bench/training.js
//
// CPU times, the least of some rounds; the two sides take turns, so that other work on the machine hits both.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { writeTorchFile } from '../dist/checkpoint/torch-write.js';
import { createEngine } from '../dist/model/create-engine.js';
import { parameterLayout } from '../dist/model/parameters.js';
import { stateOf } from '../dist/model/state.js';
import { checkConfig } from '../dist/run/config.js';
import { fromIntegers } from '../dist/tensor/encode.js';
import { createTask } from '../dist/train/task.js';
import { initialState } from '../dist/train/train-steps.js';

const script = fileURLToPath(new URL('../tools/torch_training_speed.py', import.meta.url));
const shapes = [
  ['paper', { vocab_size: 64, distr: 'zipf' }],
  [
    'wide',
    { vocab_size: 64, distr: 'zipf', d_model: 256, ff_dim: 1024, num_layers: 4, num_heads: 8, mlp: true },
  ],
];

/** CPU milliseconds of one call, the least of some rounds of about a second. */
function milliseconds(work, rounds = 5) {
  work();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    let calls = 0;
    let used = 0;
    while (used < 1e6) {
      work();
      calls++;
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
    best = Math.min(best, used / calls / 1000);
  }
  return best;
}

/** Multiply-adds of 128-bit vectors in independent chains, all in registers: what no kernel can beat. */
async function peak() {
  const chains = Array.from({ length: 10 }, (_, i) => i);
  const source = `export function peak(rounds: i32): f32 {
    const a = f32x4.splat(0.999999), b = f32x4.splat(1e-6);
    ${chains.map((i) => `let c${i} = f32x4.splat(${i}.0);`).join(' ')}
    for (let i = 0; i < rounds; i++) { ${chains.map((i) => `c${i} = f32x4.add(f32x4.mul(c${i}, a), b);`).join(' ')} }
    return ${chains.map((i) => `f32x4.extract_lane(c${i}, 0)`).join(' + ')};
  }`;
  let bytes;
  await asc.main(['peak.ts', '--outFile', 'peak.wasm', '-O3', '--runtime', 'stub', '--enable', 'simd'], {
    readFile: (name) => (name === 'peak.ts' ? source : null),
    writeFile: (_, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const rounds = 1_000_000;
  return (chains.length * 8 * rounds) / milliseconds(() => exports.peak(rounds)) / 1e6;
}

/** Floating-point operations of the products in a step (forward, and twice that backward), as an unfused program does them. */
function stepGigaflops({
  d_model: d,
  ff_dim: ff,
  num_layers: layers,
  mlp,
  vocab_size: v,
  max_seq_len: t,
  batch_size: n,
}) {
  const perToken = layers * (4 * d * d + (mlp ? 2 * d * ff : 0) + t * d) + d * v;
  return (3 * 2 * n * t * perToken) / 1e9;
}

function torchSpeed(config, start, layout, tokens) {
  const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'start.pt'), writeTorchFile(stateOf(start, layout), 'start'));
    const batch = new Map([['tokens', fromIntegers(tokens, [config.batch_size, config.max_seq_len])]]);
    writeFileSync(join(folder, 'batch.pt'), writeTorchFile(batch, 'batch'));
    for (const python of ['python3', '/usr/bin/python3']) {
      const { status, stdout } = spawnSync(python, [script, folder], { encoding: 'utf8' });
      if (status === 0) return JSON.parse(stdout);
    }
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ownSpeed(config, start, tokens, fast) {
  const options = {
    scale: 1 / (config.batch_size * (config.max_seq_len - 1)),
    labelSmoothing: 0,
    dropout: null,
  };
  const engine = createEngine(config, { fast });
  let step = 0;
  const train = (dropout) => {
    engine.clearGradients();
    const loss = engine.accumulate(tokens, { ...options, dropout }) * options.scale;
    engine.adamw({ lr: config.lr, step: ++step, weightDecay: config.wd });
    return loss;
  };
  engine.load(start);
  const losses = [train(null), train(null), train(null)];
  return {
    losses,
    step: milliseconds(() => train({ seed: 1, step, firstSequence: 0 })),
    forward: milliseconds(() => engine.forward(tokens)),
  };
}

function ownFast(...args) {
  try {
    return ownSpeed(...args, true);
  } catch {
    return null;
  }
}

const shown = (value) => (value === undefined ? '—' : value.toFixed(value < 10 ? 2 : 1)).padStart(9);
const ratio = (a, b) => (a === undefined || b === undefined ? '—' : `${(a / b).toFixed(2)}×`).padStart(9);

const gigaflops = await peak();
console.log(
  `${cpus()[0].model}, Node ${process.versions.node}; 128-bit multiply and add: ${gigaflops.toFixed(1)} GFLOP/s`,
);
for (const [name, options] of shapes) {
  const { config } = checkConfig(options, name);
  const layout = parameterLayout(config);
  const { parameters } = initialState(config, layout);
  const { tokens } = createTask(config).batch(0, 0, config.batch_size);
  const [torch1, own1] = [
    torchSpeed(config, parameters, layout, tokens),
    ownSpeed(config, parameters, tokens, false),
  ];
  const [torch2, own2] = [
    torchSpeed(config, parameters, layout, tokens),
    ownSpeed(config, parameters, tokens, false),
  ];
  const fast = ownFast(config, parameters, tokens);
  if (torch1 && torch2) {
    const far = Math.max(...own1.losses.map((loss, i) => Math.abs(loss - torch1.losses[i])));
    if (!(far < 1e-4)) throw new Error(`${name}: losses differ from PyTorch's by ${far}`);
  }
  const best = (key, ...sides) =>
    sides.reduce((least, side) => (side ? Math.min(least ?? side[key], side[key]) : least), undefined);
  console.log(
    `\n${name} (${config.num_layers} layers, d ${config.d_model}, ${config.batch_size} × ${config.max_seq_len} tokens), ms of CPU`,
  );
  console.log(
    `${'PyTorch'.padStart(22)}${'plain'.padStart(9)}${'ratio'.padStart(9)}${'--fast'.padStart(9)}${'ratio'.padStart(9)}`,
  );
  for (const key of ['step', 'forward']) {
    const [t, o, f] = [best(key, torch1, torch2), best(key, own1, own2), fast?.[key]];
    console.log(`  ${key.padEnd(11)}${shown(t)}${shown(o)}${ratio(o, t)}${shown(f)}${ratio(f, t)}`);
  }
  const least = (stepGigaflops(config) / gigaflops) * 1000;
  const own = best('step', own1, own2);
  console.log(
    `  products of a step at the peak: ${least.toFixed(1)} ms; the step takes ${(own / least).toFixed(2)}× that`,
  );
  if (torch1) console.log(`  PyTorch ${torch1.torch}`);
}
