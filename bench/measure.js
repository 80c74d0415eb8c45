/**
 * Measures bridgescope beside plain numpy and matplotlib in one run; checks first that both found the same numbers.
 *
 *     npm run bench -- measure [--run FOLDER] [--quick]
 *
 * `--run`: the run whose copies stand for the five published settings (default: the example run, which is small).
 * `--quick`: the first sweep alone, and no matplotlib.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseTable, rowsOf } from '../dist/library/table.js';
import { measureProcess, median, python } from './process.js';
import { atLeast, atMost, machine, row, writeResults } from './report.js';
import { benchSvd } from './svd.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({
  options: { run: { type: 'string', default: join(root, 'examples/small_run') }, quick: { type: 'boolean' } },
});
const program = join(root, 'dist/cli/main.js');
const notebook = join(root, 'tools/notebook_job.py');
const settings = [
  ...['infinite_pool_size', 'large_pool_size', 'small_pool_size'],
  ...['boundary_pool_size_740', 'boundary_pool_size_750'],
];
const sweep = '0,5,10,15,20,25,30,35';
const ranks = [5, 10, 15, 20];

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
const runs = settings.map((name) => join(folder, name));
for (const run of runs) cpSync(flags.run, run, { recursive: true });
const say = (text) => process.stderr.write(`${text}\n`);

function ours(relPos, ...args) {
  return measureProcess(process.execPath, [
    ...[program, 'measure', ...runs, '--out', join(folder, 'ours'), '--rel-pos', relPos, '--quiet', ...args],
  ]);
}

function theirs(relPos, ...args) {
  return measureProcess(python, [
    ...[notebook, ...runs, '--rel-pos', relPos, '--out', join(folder, 'theirs'), ...args],
  ]);
}

/** Both calls of the whole job, one after the other. */
function both(call, ...args) {
  const first = call('0', ...args);
  if (flags.quick) return first;
  const second = call(sweep, ...args);
  return {
    cpu: first.cpu + second.cpu,
    wall: first.wall + second.wall,
    megabytes: Math.max(first.megabytes, second.megabytes),
  };
}

async function checkValues() {
  const file = join(folder, 'values.json');
  measureProcess(python, [notebook, runs[0], '--rel-pos', '0,5', '--values', file]);
  measureProcess(process.execPath, [
    ...[
      program,
      'measure',
      runs[0],
      '--out',
      join(folder, 'check'),
      '--rel-pos',
      '0,5',
      '--no-figures',
      '--quiet',
    ],
  ]);
  const { table } = await parseTable(
    readFileSync(join(folder, 'check/measures.parquet')),
    'measures.parquet',
  );
  const found = new Map(
    [...rowsOf(table)].map((row) => [
      [row.measure, row.step, row.rel_pos, row.rank, row.statistic].join(),
      row.value,
    ]),
  );
  let worst = 0;
  let count = 0;
  const compare = (key, expected) => {
    count++;
    worst = Math.max(worst, Math.abs(found.get(key.join()) - expected));
  };
  const golden = Object.values(JSON.parse(readFileSync(file, 'utf8')))[0];
  for (const [t, steps] of Object.entries(golden)) {
    for (const [step, measured] of Object.entries(steps)) {
      compare(['z_score', step, t, null, null], measured.z_score);
      compare(['mismatch_ratio', step, t, null, null], measured.mismatch_ratio);
      for (const rank of ranks) {
        compare(['qk_ov_match', step, t, rank, 'mean'], measured.qk_ov_match[rank]);
        compare(['wte_ov_match', step, null, rank, 'mean'], measured.wte_ov_match[rank]);
      }
    }
  }
  if (!(worst < 1e-8)) throw new Error(`values differ from numpy's by ${worst}: nothing is worth timing`);
  return { count, worst };
}

function repeat(times, run) {
  const results = Array.from({ length: times }, run);
  return {
    cpu: median(results, 'cpu'),
    wall: median(results, 'wall'),
    megabytes: Math.max(...results.map(({ megabytes }) => megabytes)),
  };
}

const seconds = (value) => value.toFixed(value < 10 ? 2 : 1);

try {
  say('checking values against numpy');
  const checked = await checkValues();

  say('numerics, files to table');
  const oursBefore = both(ours, '--no-figures');
  const numpy = both(theirs);
  const oursAfter = both(ours, '--no-figures');
  const numerics = {
    cpu: (oursBefore.cpu + oursAfter.cpu) / 2,
    wall: (oursBefore.wall + oursAfter.wall) / 2,
    megabytes: Math.max(oursBefore.megabytes, oursAfter.megabytes),
  };
  const lines = [
    row('the whole job, two calls', 'CPU s', 'wall s', 'peak MB', 'CPU', 'wall'),
    row('---', '--:', '--:', '--:', '---', '---'),
    row('numpy, numerics', seconds(numpy.cpu), seconds(numpy.wall), numpy.megabytes.toFixed(0), '', ''),
    row(
      'bridgescope, files to Parquet',
      seconds(numerics.cpu),
      seconds(numerics.wall),
      numerics.megabytes.toFixed(0),
      atLeast(numpy.cpu / numerics.cpu, 18, '×'),
      atLeast(numpy.wall / numerics.wall, 30, '×'),
    ),
  ];
  if (!flags.quick) {
    say('with figures');
    const svg = both(ours, '--figures', 'svg');
    const png = both(ours, '--figures', 'png');
    const matplotlib = both(theirs, '--figures');
    lines.push(
      row(
        'numpy and matplotlib, 180 PNG',
        seconds(matplotlib.cpu),
        seconds(matplotlib.wall),
        matplotlib.megabytes.toFixed(0),
        '',
        '',
      ),
      row(
        'bridgescope, Parquet and 180 SVG',
        seconds(svg.cpu),
        seconds(svg.wall),
        svg.megabytes.toFixed(0),
        `${(matplotlib.cpu / svg.cpu).toFixed(1)}×`,
        atLeast(matplotlib.wall / svg.wall, 40, '×'),
      ),
      row(
        'bridgescope, Parquet and 180 PNG',
        seconds(png.cpu),
        seconds(png.wall),
        png.megabytes.toFixed(0),
        `${(matplotlib.cpu / png.cpu).toFixed(1)}×`,
        atLeast(matplotlib.wall / png.wall, 20, '×'),
      ),
    );
  }

  say('singular value decompositions');
  const svd = benchSvd();
  say('single commands');
  const one = repeat(5, () =>
    measureProcess(process.execPath, [program, 'measure', runs[0], '--out', join(folder, 'one'), '--quiet']),
  );
  const help = repeat(9, () => measureProcess(process.execPath, [program, '--help']));
  const peak = Math.max(numerics.megabytes, one.megabytes);

  const checkpoints = JSON.parse(readFileSync(join(runs[0], 'config.json'), 'utf8')).n_save;
  const report = `# Measuring a run

Written by \`npm run bench -- measure\`. Everything was measured side by side in one run, each command as a whole process, its start included. CPU
time is that of all threads. The machine is a shared virtual one: take ratios within a third of each other as equal.

${machine()}

The job is the notebook's: five settings (copies of one run, ${checkpoints} checkpoints each), ranks 5, 10, 15, 20; relative position 0 in a
first call, 0, 5, …, 35 in a second, nothing kept between them. The other side is \`tools/notebook_job.py\`, which does what the
notebook does call by call, its functions once a checkpoint and relative position. Before timing, ${checked.count} values of both were compared: the largest
difference was ${checked.worst.toExponential(1)}.${flags.quick ? '\n\nA quick run: the first call alone.' : ''}

${lines.join('\n')}

| full SVD, CPU ms | LAPACK | kernels | one side | values only | reference | kernels against LAPACK |
| --- | --: | --: | --: | --: | --: | --- |
${svd.map((s) => row(`${s.n}×${s.n}`, s.lapack.toFixed(2), s.kernels.toFixed(2), s.oneSide.toFixed(2), s.values.toFixed(2), s.reference.toFixed(2), s.n === 64 ? atMost(s.kernels / s.lapack, 1, '× its time') : `${(s.kernels / s.lapack).toFixed(2)}× its time`)).join('\n')}

| command | wall | peak memory |
| --- | --- | --- |
${row('`measure RUN`: one relative position, four PNGs', atMost(one.wall, 2.5, ' s'), `${one.megabytes.toFixed(0)} MB`)}
${row('`--help`', atMost(help.wall, 0.15, ' s'), `${help.megabytes.toFixed(0)} MB`)}
${row('the whole job', '', atMost(peak, 500, ' MB', 0))}
`;
  writeResults('measure', report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
