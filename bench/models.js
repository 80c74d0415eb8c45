/**
 * Measures all pairs of heads of models of published shapes beside numpy, in one run; checks first that both found the same numbers.
 *
 *     npm run bench -- models [--quick]
 *
 * `--quick`: GPT-2's shape alone. The others need 3 GB of disk and 10 minutes.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseTable, rowsOf } from '../dist/library/table.js';
import { measureProcess, python } from './process.js';
import { atLeast, atMost, machine, table as markdown, writeResults } from './report.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' } } });
const program = join(root, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
const say = (text) => process.stderr.write(`${text}\n`);

const pairMeasures = 'z_score,qk_ov_match,k_composition,q_composition,v_composition';

function make(shape, ...options) {
  const model = join(folder, shape);
  measureProcess(python, [join(root, 'tools/make_model_shapes.py'), model, shape, ...options]);
  return model;
}

const ours = (model, measures, ...options) =>
  measureProcess(process.execPath, [
    ...[program, 'measure', model, '--out', join(folder, 'ours'), '--overwrite', '--no-figures', '--quiet'],
    ...['--measures', measures, ...options],
  ]);

/** On one thread: OpenBLAS's others wait by spinning, which counts as CPU time. */
const numpy = (model, out, ...options) =>
  measureProcess(
    python,
    [join(root, 'tools/model_pairs_in_numpy.py'), model, join(folder, out), ...options],
    { OPENBLAS_NUM_THREADS: '1' },
  );

/** The mean of two calls with the other side's between them. */
function around(call, other) {
  const [before, theirs, after] = [call(), other(), call()];
  const mean = (figure) => (before[figure] + after[figure]) / 2;
  const megabytes = Math.max(before.megabytes, after.megabytes);
  return [{ cpu: mean('cpu'), wall: mean('wall'), megabytes }, theirs];
}

/** @returns how many values were compared, and the largest difference */
async function checkValues(model) {
  numpy(model, 'values.json');
  ours(model, pairMeasures, '--pairs', 'all');
  const { table } = await parseTable(readFileSync(join(folder, 'ours/measures.parquet')), 'measures.parquet');
  const expected = JSON.parse(readFileSync(join(folder, 'values.json'), 'utf8'));
  const heads = 12;
  const index = (head) => {
    const [layer, at] = head.split('.').map(Number);
    return layer * heads + at;
  };
  let worst = 0;
  let count = 0;
  for (const { measure, writer, reader, rank, statistic, value } of rowsOf(table)) {
    if (writer === null || /^(.*_)?[pq]$/.test(statistic ?? '')) continue;
    const name = measure === 'qk_ov_match' ? `${statistic} ${rank}` : measure;
    const difference = Math.abs(value - expected[name][index(reader)][index(writer)]);
    // NaN is a difference too.
    if (!(difference <= worst)) worst = difference;
    count++;
  }
  if (!(worst < 1e-9 && count === 12 * 9504))
    throw new Error(`${count} values differ from numpy's by ${worst}: nothing is worth timing`);
  return { count, worst };
}

/** A file of 13 GB that takes no disk: 400 tensors. */
function sparseFile() {
  const path = join(folder, 'sparse');
  mkdirSync(path);
  const size = 4 * 4096 * 2000;
  const header = {};
  for (let i = 0; i < 400; i++) {
    header[`layer.${i}.weight`] = {
      dtype: 'F32',
      shape: [2000, 4096],
      data_offsets: [i * size, (i + 1) * size],
    };
  }
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  const file = join(path, 'model.safetensors');
  writeFileSync(file, Buffer.concat([start, text]));
  truncateSync(file, 8 + text.length + 400 * size);
  return file;
}

const seconds = (value) => value.toFixed(value < 10 ? 2 : 1);
const figures = ({ cpu, wall, megabytes }) => [seconds(cpu), seconds(wall), megabytes.toFixed(0)];

try {
  say('checking values against numpy');
  const gpt2 = make('gpt2');
  const checked = await checkValues(gpt2);
  say("GPT-2's shape, all pair measures");
  const [all, allNumpy] = around(
    () => ours(gpt2, pairMeasures, '--jobs', '1'),
    () => numpy(gpt2, 'out.npz'),
  );
  say("GPT-2's shape, match");
  const [match, matchNumpy] = around(
    () => ours(gpt2, 'qk_ov_match', '--jobs', '1'),
    () => numpy(gpt2, 'out.npz', '--match'),
  );
  say('the published way');
  const sampled = 100;
  numpy(gpt2, 'published.json', '--published', String(sampled));
  const aPair = Number(readFileSync(join(folder, 'published.json'), 'utf8'));
  const lines = [
    markdown(
      ["GPT-2's shape, file to table, one thread", 'CPU s', 'wall s', 'peak MB', 'CPU time beside numpy'],
      [
        ['numpy: z-score, match at four ranks, K-, Q-, V-composition', ...figures(allNumpy), ''],
        ['bridgescope, with p- and q-values', ...figures(all), atMost(all.cpu / allNumpy.cpu, 1, '×')],
        ['numpy: match at four ranks', ...figures(matchNumpy), ''],
        ['bridgescope, with p- and q-values', ...figures(match), atMost(match.cpu / matchNumpy.cpu, 1, '×')],
      ],
      [0, 4],
    ),
    '',
    `The published way (two SVDs of dense circuits and a dense product a pair, at one rank), ${sampled} pairs of 9504 timed: ${(1000 * aPair).toFixed(1)} ms a pair, ${seconds(
      aPair * 9504,
    )} s for all. bridgescope takes ${atLeast((aPair * 9504) / all.cpu, 15, '× less')}. Peak memory: ${atMost(all.megabytes, 700, ' MB', 0)}.`,
  ];
  if (!flags.quick) {
    say("GPT-2 XL's shape");
    const xl = ours(make('gpt2-xl'), 'qk_ov_match');
    say("two layers of Llama 2 7B's shape");
    const llama = ours(make('llama-2-7b', '2'), `${pairMeasures},wte_ov_match,copying_score`, '--rel-pos=-1');
    say('a file of 13 GB');
    const inspect = measureProcess(process.execPath, [program, 'inspect', sparseFile()]);
    lines.push(
      '',
      markdown(
        ['two threads', 'CPU s', 'wall s', 'peak MB', 'target', ''],
        [
          [
            "GPT-2 XL's shape (1200 heads, 6.2 GB): match of 1 440 000 pairs at four ranks",
            ...figures(xl),
            atMost(xl.cpu, 300, ' s', 0),
            atMost(xl.megabytes, 1000, ' MB', 0),
          ],
          [
            "two layers of Llama 2 7B's shape (bfloat16, three shards, 1.3 GB): all measures but mismatch, t = −1",
            ...figures(llama),
            '',
            atMost(llama.megabytes, 1000, ' MB', 0),
          ],
          [
            '`inspect` of a sparse file of 13 GB, 400 tensors',
            ...figures(inspect),
            atMost(inspect.wall, 0.3, ' s'),
            '',
          ],
        ],
        [0, 4, 5],
      ),
    );
  }
  writeResults(
    'models',
    `# Measuring all pairs of heads of a model

Written by \`npm run bench -- models\`. Random weights in the shapes of published models; each command is a whole process, its start, reading of the file and
writing of the table included. CPU time is that of all threads. The machine is a shared virtual one: take ratios within a third of each other as equal.

${machine()}

The other side is \`tools/model_pairs_in_numpy.py\`: float64, factored and batched, one thread. Before timing, ${checked.count} values of both were compared: the
largest difference was ${checked.worst.toExponential(1)}.${flags.quick ? "\n\nA quick run: GPT-2's shape alone." : ''}

${lines.join('\n')}
`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
