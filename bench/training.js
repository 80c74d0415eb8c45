/**
 * Speed of training, side by side with PyTorch on one thread and with the peak of 128-bit arithmetic on this machine.
 *
 *     npm run bench -- training [--run]
 *
 * CPU times, the least of some rounds; the two sides take turns, so that other work on the machine hits both. `--run` trains a whole
 * published run of 20000 steps with two workers too: some minutes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeTorchFile } from '../dist/checkpoint/torch-write.js';
import { createEngine } from '../dist/model/create-engine.js';
import { parameterLayout } from '../dist/model/parameters.js';
import { stateOf } from '../dist/model/state.js';
import { checkConfig } from '../dist/run/config.js';
import { fromIntegers } from '../dist/tensor/encode.js';
import { createTeam } from '../dist/train/create-team.js';
import { ErrorLog } from '../dist/train/error-log.js';
import { createTask } from '../dist/train/task.js';
import { initialState } from '../dist/train/train-steps.js';
import { milliseconds, peak } from './peak.js';
import { measureProcess, python, pythonEnvironment } from './process.js';
import { atLeast, atMost, machine, table, writeResults } from './report.js';

/** Forward passes are of so many sequences, in batches of the config's size here, in one batch in PyTorch. */
const forwardSequences = 200;

const script = fileURLToPath(new URL('../tools/torch_training_speed.py', import.meta.url));
const shapes = new Map([
  ['paper', { vocab_size: 64, distr: 'zipf' }],
  [
    'wide',
    { vocab_size: 64, distr: 'zipf', d_model: 256, ff_dim: 1024, num_layers: 4, num_heads: 8, mlp: true },
  ],
]);

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

function torchSpeed({ config, start, layout, tokens, forwardTokens }) {
  const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'start.pt'), writeTorchFile(stateOf(start, layout), 'start'));
    const batch = new Map([['tokens', fromIntegers(tokens, [config.batch_size, config.max_seq_len])]]);
    writeFileSync(join(folder, 'batch.pt'), writeTorchFile(batch, 'batch'));
    const forward = new Map([
      ['tokens', fromIntegers(forwardTokens, [forwardSequences, config.max_seq_len])],
    ]);
    writeFileSync(join(folder, 'forward.pt'), writeTorchFile(forward, 'forward'));
    const { status, stdout } = spawnSync(python, [script, folder], {
      encoding: 'utf8',
      env: pythonEnvironment,
    });
    return status === 0 ? JSON.parse(stdout) : null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ownSpeed({ config, start, tokens, forwardTokens }, fast) {
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
  const size = config.batch_size * config.max_seq_len;
  return {
    losses,
    step: milliseconds(() => train({ seed: 1, step, firstSequence: 0 })),
    forward: milliseconds(() => {
      for (let at = 0; at < forwardTokens.length; at += size)
        engine.forward(forwardTokens.subarray(at, at + size));
    }),
  };
}

/** With fused multiply-add where this engine has it; Node 20 has it behind a flag, so there it runs in a process of its own. */
function fastSpeed(name) {
  const script = fileURLToPath(import.meta.url);
  const args = ['--experimental-wasm-relaxed-simd', script, '--fast-only', name];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : null;
}

function setUp(name) {
  const { config } = checkConfig(shapes.get(name), name);
  const layout = parameterLayout(config);
  const { parameters: start } = initialState(config, layout);
  const task = createTask(config);
  const { tokens } = task.batch(0, 0, config.batch_size);
  const { tokens: forwardTokens } = task.batch(1, 0, forwardSequences);
  return { config, layout, start, task, tokens, forwardTokens };
}

/** One shape beside PyTorch, in turns. */
function compare(name, gigaflops) {
  const setting = setUp(name);
  const { config } = setting;
  const rounds = [0, 1].map(() => ({
    torch: torchSpeed(setting),
    own: ownSpeed(setting, false),
    fast: fastSpeed(name),
  }));
  for (const { torch, own } of rounds) {
    if (torch === null) continue;
    const far = Math.max(...own.losses.map((loss, i) => Math.abs(loss - torch.losses[i])));
    if (!(far < 1e-4))
      throw new Error(`${name}: losses differ from PyTorch's by ${far}: nothing is worth timing`);
  }
  const best = (side, what) => Math.min(...rounds.map((round) => round[side]?.[what] ?? Number.NaN));
  const ms = (value) => (Number.isNaN(value) ? '—' : value.toFixed(value < 10 ? 2 : 1));
  const times = (value, target) =>
    Number.isNaN(value) ? '—' : target === undefined ? `${value.toFixed(2)}×` : atMost(value, target, '×');
  const isPaper = name === 'paper';
  const rows = [
    ['step', isPaper ? [0.8, 0.7] : []],
    ['forward', isPaper ? [1] : []],
  ].map(([what, targets]) => {
    const torch = best('torch', what);
    return [
      what === 'step' ? 'one step' : `forward, ${forwardSequences} sequences`,
      ...[ms(torch), ms(best('own', what)), times(best('own', what) / torch, targets[0])],
      ...[ms(best('fast', what)), times(best('fast', what) / torch, targets[1])],
    ];
  });
  const least = (stepGigaflops(config) / gigaflops) * 1000;
  const { d_model, num_layers, num_heads, mlp, batch_size, max_seq_len } = config;
  const shape = `${num_layers} layers, ${num_heads} heads, d ${d_model}${mlp ? ', MLP' : ''}, batches of ${batch_size} × ${max_seq_len} tokens`;
  const share = best('own', 'step') / least;
  return `**${isPaper ? 'The paper’s shape' : 'A wide one'}**: ${shape}.

${table(['CPU ms', 'PyTorch', 'plain SIMD', 'against PyTorch', '`--fast`', 'against PyTorch'], rows, [0, 3, 5])}

The products of a step, as a program that skips none does them, take ${ms(least)} ms at the peak of 128-bit multiply and add (${gigaflops.toFixed(1)} GFLOP/s,
measured in the same run); a step takes ${isPaper ? atMost(share, 1.6, '×') : `${share.toFixed(2)}×`} of that.${isPaper ? ' (Below 1× is no contradiction: queries, keys and values of the first layer are made once a token of the vocabulary, not once a token of the batch.)' : ''}
`;
}

/** Steps per second of teams, and what of a step is not the engine's. */
async function teams() {
  const { config, layout, task } = setUp('paper');
  const sets = { test: task.testSet(), ood: task.oodSet() };
  const paces = { 1: [], 2: [] };
  for (let round = 0; round < 3; round++) {
    for (const jobs of [1, 2]) {
      const team = await createTeam({ config, sets, jobs, fast: false });
      await team.load(initialState(config, layout));
      await team.train(0, 60, () => {});
      const started = performance.now();
      await team.train(60, 260, () => {});
      paces[jobs].push(200 / ((performance.now() - started) / 1000));
      await team.close();
    }
  }
  const [one, two] = [Math.max(...paces[1]), Math.max(...paces[2])];
  const sampling = milliseconds(() => task.batch(7, 0, config.batch_size));
  const evaluation = { loss: 1, err: 0.5, copy_err: 0.5 };
  const log = new ErrorLog();
  const logging =
    milliseconds(() => {
      // What a published run writes between two checkpoints: 200 steps, then the whole file.
      for (let step = 0; step < 200; step++) {
        if (step % 100 === 0) log.evaluated(1, { train: evaluation, test: evaluation, ood: evaluation });
        else log.repeat(1.23456789);
      }
      if (log.length >= 20_000) log.lines.length = 0;
      return [...log.text()].join('').length;
    }) / 200;
  const step = 1000 / one;
  return `Two workers: ${two.toFixed(1)} steps/s against ${one.toFixed(1)} of one, ${atLeast(two / one, 1.8, '×', 2)} (wall time, best of three in turns). Sampling a batch takes
${sampling.toFixed(3)} ms and the log of errors ${logging.toFixed(3)} ms a step, together ${atMost(((sampling + logging) / step) * 100, 5, ' %')} of a step.
`;
}

function wholeRun() {
  const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
  try {
    const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
    const args = [
      'train',
      '--out',
      join(folder, 'run'),
      '--preset',
      'infinite_pool_size',
      '--jobs',
      '2',
      '--quiet',
    ];
    const { cpu, wall, megabytes } = measureProcess(process.execPath, [program, ...args]);
    return `A published run, \`train --preset infinite_pool_size --jobs 2\`, 20000 steps, 101 checkpoints, evaluations on 5000 + 5000 sequences, everything included:
${atMost(wall / 60, 10, ' min', 1)} (${cpu.toFixed(0)} s of CPU, ${megabytes.toFixed(0)} MB).
`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { values: flags } = parseArgs({
  options: { run: { type: 'boolean' }, 'fast-only': { type: 'string' } },
});
if (flags['fast-only'] !== undefined) {
  process.stdout.write(JSON.stringify(ownSpeed(setUp(flags['fast-only']), true)));
} else {
  const gigaflops = await peak();
  const sections = [
    compare('paper', gigaflops),
    await teams(),
    ...(flags.run ? [wholeRun()] : []),
    compare('wide', gigaflops),
  ];
  writeResults(
    'training',
    `# Training

Written by \`npm run bench -- training${flags.run ? ' --run' : ''}\`. The other side is \`tools/torch_training_speed.py\`. Both sides trained three steps from the same parameters on the same
batch first, and their losses agreed to 1e-4. CPU time of one thread, the least of some rounds; the sides took turns. \`--fast\` is fused multiply-add, which Node 20 has
behind \`--experimental-wasm-relaxed-simd\`.

${machine()}

${sections.join('\n')}`,
  );
}
