/**
 * Measures bridgescope beside numpy and matplotlib in one run; checks first that all sides found the same numbers.
 *
 *     npm run bench -- measure [--run FOLDER] [--quick]
 *
 * `--run`: the run whose copies stand for the five published settings (default: 100 checkpoints of the published model, trained
 * here for as many steps: what its weights are makes no difference to the time).
 * `--quick`: one call of each, and no matplotlib.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareValues } from './measured-values.js';
import { measureProcess, median, python } from './process.js';
import { atLeast, atMost, machine, row, table, writeResults } from './report.js';
import { benchSvd } from './svd.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({ options: { run: { type: 'string' }, quick: { type: 'boolean' } } });
const program = join(root, 'dist/cli/main.js');
const settings = [
  ...['infinite_pool_size', 'large_pool_size', 'small_pool_size'],
  ...['boundary_pool_size_740', 'boundary_pool_size_750'],
];
const eight = '0,5,10,15,20,25,30,35';

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
const say = (text) => process.stderr.write(`${text}\n`);

/** A run with so many checkpoints, one after each step; its test sets are small, since nothing here reads them. */
function train(name, checkpoints, ...options) {
  const out = join(folder, name);
  const count = ['--num_epoch', `${checkpoints}`, '--n_save', `${checkpoints}`, '--sample_size_test', '50'];
  measureProcess(process.execPath, [program, 'train', '--out', out, ...count, ...options, '--quiet']);
  return out;
}

const ours =
  (...more) =>
  (runs, relPos, ranks) =>
    measureProcess(process.execPath, [
      ...[program, 'measure', ...runs, '--out', join(folder, 'ours'), '--rel-pos', relPos, '--ranks', ranks],
      ...['--quiet', '--overwrite', ...more],
    ]);
const numbers = ours('--no-figures');
const theirs =
  (script, ...more) =>
  (runs, relPos, ranks) =>
    measureProcess(python, [
      ...[join(root, `tools/${script}.py`), ...runs, '--rel-pos', relPos, '--ranks', ranks, ...more],
    ]);
const notebook = theirs('notebook_job', '--out', join(folder, 'theirs'));
const vectorised = theirs('vectorised_job');

/** A call, so often one after the other; the middle of each figure. */
function repeat(times, run) {
  const results = Array.from({ length: times }, run);
  return {
    cpu: median(results, 'cpu'),
    wall: median(results, 'wall'),
    megabytes: Math.max(...results.map(({ megabytes }) => megabytes)),
  };
}

const seconds = (value) => value.toFixed(value < 10 ? 2 : 1);
const times = (value) => `${value.toFixed(1)}×`;

/** What one call costs on all sides. */
function sides(runs, relPos, ranks, hasNotebook) {
  const rounds = flags.quick ? 1 : 3;
  const before = repeat(rounds, () => numbers(runs, relPos, ranks));
  const plain = hasNotebook ? repeat(1, () => notebook(runs, relPos, ranks)) : null;
  const fast = repeat(rounds, () => vectorised(runs, relPos, ranks));
  const after = repeat(rounds, () => numbers(runs, relPos, ranks));
  const own = {
    cpu: (before.cpu + after.cpu) / 2,
    wall: (before.wall + after.wall) / 2,
    megabytes: Math.max(before.megabytes, after.megabytes),
  };
  return { plain, fast, own };
}

/** Rows of a table: both other sides, and ours with its ratios to them. */
function rowsOf(what, { plain, fast, own }, target) {
  const cells = ({ cpu, wall, megabytes }) => [seconds(cpu), seconds(wall), megabytes.toFixed(0)];
  const ratio = (figure, least) => {
    if (plain === null) return '';
    const value = plain[figure] / own[figure];
    return least === undefined ? times(value) : atLeast(value, least, '×');
  };
  return [
    ...(plain === null ? [] : [[what, 'numpy, as the notebook does it', ...cells(plain), '', '', '', '']]),
    [what, 'numpy, vectorised', ...cells(fast), '', '', '', ''],
    [
      ...[what, 'bridgescope, files to Parquet', ...cells(own), ratio('cpu', target?.cpu)],
      ...[ratio('wall', target?.wall), times(fast.cpu / own.cpu), times(fast.wall / own.wall)],
    ],
  ];
}

try {
  say('making the runs');
  const one = flags.run ?? train('published', 100);
  const runs = settings.map((name) => join(folder, name));
  for (const run of runs) cpSync(one, run, { recursive: true });
  const heads = train('four_heads', 50, '--num_heads', '4');
  const wide = train('width_128', 50, '--d_model', '128');
  const checkpoints = readdirSync(one).filter((name) => /^ckpt_[1-9]\d*\.pt$/.test(name)).length;

  say('checking values against both ways in numpy');
  const ranks = '5,10,15,20';
  const ranksOfHeads = '5,10,15';
  const checked = [
    await compareValues(runs[0], '0,5', ranks, folder, 'notebook_job'),
    await compareValues(runs[0], '0,5', ranks, folder, 'vectorised_job'),
    await compareValues(heads, '0', ranksOfHeads, folder, 'vectorised_job'),
    await compareValues(wide, '0', ranks, folder, 'vectorised_job'),
    await compareValues(wide, '0', ranks, folder, 'notebook_job'),
  ];
  const count = checked.reduce((sum, found) => sum + found.count, 0);
  const worst = Math.max(...checked.map((found) => found.worst));

  say('one relative position');
  const first = sides(runs, '0', ranks, true);
  const lines = rowsOf('one position', first, { cpu: 3, wall: 5 });
  let peak = first.own.megabytes;
  if (!flags.quick) {
    say('eight relative positions');
    const second = sides(runs, eight, ranks, true);
    lines.push(...rowsOf('eight positions', second, { cpu: 10, wall: 18 }));
    peak = Math.max(peak, second.own.megabytes);
  }
  say('several heads, and a wider model');
  lines.push(
    ...rowsOf('four heads, 16 pairs, one position', sides([heads], '0', ranksOfHeads, false)),
    ...rowsOf('width 128, one position', sides([wide], '0', ranks, true)),
  );

  const figures = [];
  if (!flags.quick) {
    say('with figures');
    const both = (call) => {
      const [a, b] = [call(runs, '0', ranks), call(runs, eight, ranks)];
      return { cpu: a.cpu + b.cpu, wall: a.wall + b.wall, megabytes: Math.max(a.megabytes, b.megabytes) };
    };
    const svg = both(ours('--figures', 'svg'));
    const png = both(ours('--figures', 'png'));
    const matplotlib = both(theirs('notebook_job', '--out', join(folder, 'theirs'), '--figures'));
    const line = (name, it, cpu, wall) => [
      ...[name, seconds(it.cpu), seconds(it.wall), it.megabytes.toFixed(0), cpu, wall],
    ];
    figures.push(
      line('numpy and matplotlib, 180 PNG', matplotlib, '', ''),
      line(
        'bridgescope, Parquet and 180 SVG',
        svg,
        times(matplotlib.cpu / svg.cpu),
        atLeast(matplotlib.wall / svg.wall, 40, '×'),
      ),
      line(
        'bridgescope, Parquet and 180 PNG',
        png,
        times(matplotlib.cpu / png.cpu),
        atLeast(matplotlib.wall / png.wall, 20, '×'),
      ),
    );
  }

  say('singular value decompositions');
  const svd = benchSvd();
  say('single commands');
  const example = join(root, 'examples/small_run');
  const command = repeat(5, () =>
    measureProcess(process.execPath, [
      ...[program, 'measure', example, '--out', join(folder, 'one'), '--quiet', '--overwrite'],
    ]),
  );
  const help = repeat(15, () => measureProcess(process.execPath, [program, '--help']));
  const nothing = repeat(15, () => measureProcess(process.execPath, ['-e', '0']));

  const report = `# Measuring a run

Written by \`npm run bench -- measure\`. Everything was measured side by side in one run, each command as a whole process, its start included. CPU
time is that of all threads. The machine is a shared virtual one: take ratios within a third of each other as equal.

${machine()}

A call measures five settings (copies of one run, ${checkpoints} checkpoints each) at ranks 5, 10, 15, 20: at relative position 0, the notebook's first
cell, and at 0, 5, …, 35. Nothing is kept between calls. Beside it stand \`tools/notebook_job.py\`, which does what the
notebook does call by call, its functions once a checkpoint and relative position, and \`tools/vectorised_job.py\`, which finds the same
numbers with all checkpoints of a run in each call of numpy. Python is started without \`OPENBLAS_CORETYPE\` and \`OPENBLAS_L2_SIZE\`, which
would hold its kernels back. Before timing, ${count} values of both were compared with ours: the largest difference was ${worst.toExponential(1)}.
The last two cases are one run of 50 checkpoints each. The notebook knows no second head; with several, bridgescope finds besides the
compositions of all pairs, their copying scores, and for every value its chance among all pairs of heads, which numpy's side does not.${flags.quick ? '\n\nA quick run: one call of each.' : ''}

${table(
  [
    ...['case', 'by', 'CPU s', 'wall s', 'peak MB', 'CPU, against the notebook', 'wall'],
    ...['CPU, against vectorised', 'wall'],
  ],
  lines,
  [0, 1, 5, 6, 7, 8],
)}
${figures.length === 0 ? '' : `\n${table(['both calls, with figures', 'CPU s', 'wall s', 'peak MB', 'CPU', 'wall'], figures, [0, 4, 5])}\n`}
| full SVD, CPU ms | LAPACK | kernels | one side | values only | reference | kernels against LAPACK |
| --- | --: | --: | --: | --: | --: | --- |
${svd.map((s) => row(`${s.n}×${s.n}`, s.lapack.toFixed(2), s.kernels.toFixed(2), s.oneSide.toFixed(2), s.values.toFixed(2), s.reference.toFixed(2), s.n === 64 ? atMost(s.kernels / s.lapack, 1, '× its time') : `${(s.kernels / s.lapack).toFixed(2)}× its time`)).join('\n')}

| command | wall | peak memory |
| --- | --- | --- |
${row('`measure examples/small_run`: one relative position, four PNGs', atMost(command.wall, 2.5, ' s'), `${command.megabytes.toFixed(0)} MB`)}
${row('`--help`, against `node -e 0`', `${(help.wall * 1000).toFixed(0)} ms, ${atMost(help.cpu / nothing.cpu, 1.5, '× its CPU time')}`, `${help.megabytes.toFixed(0)} MB`)}
${row('both calls', '', atMost(peak, 500, ' MB', 0))}
`;
  writeResults('measure', report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
