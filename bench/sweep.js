// Sweeps: how busy they keep the cores, what a run costs beside its training, and how fast finished runs are recognised.
//
//     npm run bench -- sweep [--runs 30]       three minutes on two idle cores
//
// CPU time, besides the share of the cores, which is of use on an idle machine alone. Checked first: the sweep's checkpoints and errors are
// those of training alone. Statistics of 1000 runs: see stats.js.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { performRun } from '../dist/sweep/perform-run.js';
import { openSweep, orderOf } from '../dist/sweep/sweep.js';
import { trainRun } from '../dist/train/train-run.js';
import { measureProcess } from './process.js';
import { atLeast, atMost, machine, table, writeResults } from './report.js';

const { values: flags } = parseArgs({ options: { runs: { type: 'string', default: '30' } } });
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
const version = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
const small =
  'vocab_size: 32, d_model: 32, max_seq_len: 40, rep_l: 8, rep_h: 14, ood_len_pattern: 18, distr: zipf, lr: 0.003, batch_size: 32, sample_size_test: 300';

function plan(name, text) {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** CPU seconds of this process while something is done. */
async function cpu(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const never = new AbortController().signal;
const trainAlone = (config, out) =>
  trainRun({
    ...{ out, config, ifThere: 'refuse', evalEvery: null, jobs: 1, fast: false, formats: ['pt'], version },
  });

/** Both ways to make a run, in turn, each first in every other round, so that other work on the machine hits both alike. */
async function overhead(options, rounds) {
  const path = plan('overhead', `base: ${options}\naxes: {seed: 1..${rounds}}\nkeep: last\n`);
  const sweep = await openSweep(path, mkdtempSync(join(folder, 'overhead-')), version);
  const pairs = [];
  for (const run of sweep.runs) {
    const alone = join(folder, `alone-${run.setting}-${pairs.length}-${Math.random()}`);
    const train = () => cpu(() => trainAlone(run.config, alone));
    const perform = () => cpu(() => performRun(orderOf(sweep, run, 1), { signal: never, onStep: () => {} }));
    let [training, whole] = [0, 0];
    if (pairs.length % 2 === 0) [training, whole] = [await train(), await perform()];
    else [whole, training] = [await perform(), await train()];
    const same = ['err_arr.json', 'manifest.json'].every((name) =>
      readFileSync(join(alone, name)).equals(readFileSync(join(sweep.folder, 'runs', run.setting, name))),
    );
    if (!same) throw new Error(`${run.setting}: the sweep trained another run than train`);
    pairs.push({ training, whole });
  }
  const least = (key) => Math.min(...pairs.map((pair) => pair[key]));
  return { training: least('training'), share: least('whole') / least('training') - 1, rounds };
}

/** Seconds in which the machine's cores had nothing to do, since it was started. */
const idle = () => cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1000;

/** A sweep of short runs as a user starts it. */
function busy(count) {
  const path = plan(
    'busy',
    `base: {${small}, num_epoch: 400, n_save: 4}\naxes: {seed: 1..${count}}\nkeep: none\nmeasure: {ranks: [5, 10]}\n`,
  );
  const cores = availableParallelism();
  const words = [program, 'sweep', path, '--out', join(folder, 'busy'), '--quiet'];
  const before = idle();
  const { cpu: used, wall } = measureProcess(process.execPath, words);
  return { used, wall, cores, share: used / wall / cores, idle: (idle() - before) / wall / cores };
}

/** A thousand finished runs: one run's files under every name, each with its own record. */
async function recognition() {
  const options = `base: {${small}, num_epoch: 100, n_save: 10}\nkeep: none\nmeasure: {ranks: [5, 10]}\n`;
  const one = await openSweep(plan('one', options), join(folder, 'one'), version);
  await performRun(orderOf(one, one.runs[0], 1), { signal: never, onStep: () => {} });
  const files = ['config.json', 'measures.parquet', 'manifest.json'];
  const made = files.map((name) => [name, readFileSync(join(one.folder, 'runs/run', name))]);
  const path = plan('thousand', `${options}axes: {seed: 1..1000}\n`);
  const sweep = await openSweep(path, join(folder, 'thousand'), version);
  const record = JSON.parse(readFileSync(join(one.folder, 'runs/run/run.json'), 'utf8'));
  for (const { setting, hash } of sweep.runs) {
    const run = join(sweep.folder, 'runs', setting);
    mkdirSync(run, { recursive: true });
    for (const [name, bytes] of made) writeFileSync(join(run, name), bytes);
    writeFileSync(join(run, 'run.json'), JSON.stringify({ ...record, hash }));
  }
  const words = [program, 'sweep', path, '--out', sweep.folder, '--quiet'];
  const first = measureProcess(process.execPath, words);
  const again = Array.from({ length: 3 }, () => measureProcess(process.execPath, words));
  return { first, again: again.sort((a, b) => a.cpu - b.cpu)[0] };
}

try {
  // Both ways of a short run once, so that the compiler has seen them.
  await overhead(`{${small}, num_epoch: 100, n_save: 2}`, 1);
  const short = await overhead(`{${small}, num_epoch: 1000, n_save: 10}`, 4);
  // A checkpoint every 200 steps, as published; so few steps have their evaluations close together, so the test sets are smaller.
  const published = await overhead(
    '{preset: infinite_pool_size, num_epoch: 400, n_save: 2, sample_size_test: 250}',
    2,
  );
  const cores = busy(Number(flags.runs));
  const thousand = await recognition();
  const percent = (value) => value * 100;
  writeResults(
    'sweep',
    `## Sweeps

${machine()}

${table(
  ['what', 'CPU s', 'wall s', 'found'],
  [
    [
      'a run of 1000 steps (d 32, 11 checkpoints, 4 ranks) beside its training',
      short.training.toFixed(2),
      '',
      atMost(percent(short.share), 3, ' %'),
    ],
    [
      'a run of the published shape, 400 steps, 3 checkpoints, beside its training',
      published.training.toFixed(2),
      '',
      atMost(percent(published.share), 3, ' %'),
    ],
    [
      `${flags.runs} runs of 400 steps, ${cores.cores} cores: share of them in use, start and end of the program included`,
      cores.used.toFixed(1),
      cores.wall.toFixed(1),
      `${atLeast(percent(cores.share), 90, ' %')}; idle ${percent(cores.idle).toFixed(1)} %`,
    ],
    [
      '1000 finished runs are recognised, the whole command',
      thousand.again.cpu.toFixed(2),
      thousand.again.wall.toFixed(2),
      atMost(thousand.again.cpu, 2, ' CPU s'),
    ],
    [
      '1000 tables are put into one',
      thousand.first.cpu.toFixed(2),
      thousand.first.wall.toFixed(2),
      `${thousand.first.megabytes.toFixed(0)} MB`,
    ],
  ],
  [0, 3],
)}

The first two rows: CPU time of a run in a sweep, measuring and table included, over that of training it alone, in turn, each the least of ${short.rounds} and ${published.rounds} rounds; the
CPU s are those of training. The share of the cores is of use on an idle machine alone: what is neither theirs nor idle, other programs took. Statistics of 1000 runs: stats.md.
`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
