// Statistics of 1000 runs: their table read from Parquet, transitions, change points and lags of each, the threshold of pool size, every figure over runs, and
// the verdicts.
//
//     npm run bench -- stats
//
// CPU time of one process, the least of three rounds; target: below 5 s. What is timed is checked first: transitions were put
// into the tables at known steps, and have to be found there.
import { figuresOfRuns } from '../dist/figure/sweep-figures.js';
import { checkConfig } from '../dist/run/config.js';
import { TableBuilder } from '../dist/series/table.js';
import { studiedMeasures } from '../dist/stats/run-data.js';
import { statistics } from '../dist/stats/statistics.js';
import { studyRuns } from '../dist/stats/study.js';
import { tableMetadata } from '../dist/tables/meta.js';
import { writeParquet } from '../dist/tables/parquet.js';
import { parseTable } from '../dist/tables/read.js';
import { atMost, machine, table as markdown, writeResults } from './report.js';

const runCount = 1000;
const lastStep = 20_000;
const seeds = 20;
const none = { of: null, rel_pos: null, rank: null, statistic: null };

/** A deterministic stand-in for noise. */
let state = 1;
const random = () => {
  state = (state * 16807) % 2147483647;
  return state / 2147483647;
};

/** Tables as a sweep of the published size leaves them: 227 evaluations of 8 errors, 101 checkpoints of 74 measures. */
function makeRuns() {
  const table = new TableBuilder();
  const truth = new Map();
  const configs = new Map();
  const fine = new Set(Array.from({ length: 101 }, (_, at) => Math.max(1, at * 200)));
  for (let step = 1; step < lastStep; step = step < 20 ? step + 1 : Math.ceil(step * 1.05)) fine.add(step);
  const evaluated = Int32Array.from([...fine].sort((a, b) => a - b));
  const saved = Int32Array.from({ length: 101 }, (_, at) => at * 200);
  for (let run = 0; run < runCount; run++) {
    const setting = `run_${run}`;
    const poolSize = 20 * (1 + Math.floor(run / seeds));
    const oodStep = poolSize + 60 * (random() - 0.5) > 500 ? 2000 + 6000 * random() : null;
    const [scale, lag] = [0.08 + 0.1 * random(), 0.8 + 0.3 * random()];
    truth.set(setting, { oodStep, lag });
    const options = {
      vocab_size: 64,
      distr: 'zipf',
      num_epoch: lastStep,
      pool_size: poolSize,
      seed: run % seeds,
    };
    configs.set(setting, checkConfig(options, setting).config);
    const rise = (step, middle) => (middle === null ? 0 : 1 / (1 + (middle / step) ** (1 / scale)));
    const noisy = (value, size) => value + size * (random() - 0.5);
    const add = (measure, keys, steps, value) =>
      table.appendCurve({ setting, measure, ...none, ...keys }, steps, Float64Array.from(steps, value));
    for (const measure of ['err_train', 'err_test', 'copy_err_test', 'loss_train', 'loss_test', 'loss_ood']) {
      add(measure, {}, evaluated, (step) => noisy(0.98 * (1 - rise(step, 900)), 0.01));
    }
    for (const measure of ['err_ood', 'copy_err_ood']) {
      add(measure, {}, evaluated, (step) => noisy(0.984 * (1 - rise(step, oodStep)), 0.01));
    }
    const changed = oodStep === null ? null : oodStep * lag;
    const pair = { of: '0.0>1.0', rel_pos: 0 };
    add('z_score', pair, saved, (step) => noisy(2.7 * rise(step, changed), 0.1));
    add('mismatch_ratio', pair, saved, (step) => noisy(0.97 * (1 - rise(step, changed)), 0.02));
    for (const rank of [5, 10, 15, 20]) {
      for (const statistic of ['largest', 'mean']) {
        add('qk_ov_match', { ...pair, rank, statistic }, saved, (step) =>
          noisy(0.39 + 0.3 * rise(step, changed), 0.02),
        );
        add('wte_ov_match', { of: '0.0', rank, statistic }, saved, () => random());
        add('position_coefficient', { of: 'key_subspace', rank, statistic }, saved, () => random());
      }
    }
    for (let other = 0; other < 48; other++) {
      add('position_coefficient', { of: `other_${other}` }, saved, () => random());
    }
  }
  return { table: table.build(), configs, truth };
}

async function cpuSeconds(work) {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return { result, seconds: (user + system) / 1e6 };
}

function check(runs, truth) {
  let [farthest, farthestLag, found] = [0, 0, 0];
  for (const { data, transition } of runs) {
    const { oodStep, lag } = truth.get(data.setting);
    if ((oodStep !== null) !== transition.generalises) throw new Error(`${data.setting}: wrong outcome`);
    if (oodStep === null) {
      if (transition.ood.step !== null) throw new Error(`${data.setting}: a drop that is not there`);
      continue;
    }
    found++;
    farthest = Math.max(farthest, Math.abs(Math.log(transition.ood.step / oodStep)));
    farthestLag = Math.max(farthestLag, Math.abs(transition.changes.qk_ov_match.lag - Math.log(lag)));
  }
  if (farthest > 0.05 || farthestLag > 0.1)
    throw new Error(`steps are off by ${farthest}, lags by ${farthestLag}`);
  return `${found} drops found within ${(100 * farthest).toFixed(1)} % of their steps, lags within ${(100 * farthestLag).toFixed(1)} %`;
}

const { table, configs, truth } = makeRuns();
const bytes = writeParquet(table, tableMetadata('bench', {}));
const { table: studied } = await parseTable(bytes, 'measures.parquet', studiedMeasures);
const checked = check(studyRuns(studied, configs), truth);
console.log(`${runCount} runs, ${table.length} rows; ${checked}`);

let best;
for (let round = 0; round < 3; round++) {
  const reading = await cpuSeconds(() => parseTable(bytes, 'measures.parquet', studiedMeasures));
  const study = await cpuSeconds(() => studyRuns(reading.result.table, configs));
  const over = await cpuSeconds(() => [...statistics.values()].map(({ of }) => of(study.result)));
  const figures = await cpuSeconds(() => figuresOfRuns(study.result));
  const times = {
    reading: reading.seconds,
    study: study.seconds,
    over: over.seconds,
    figures: figures.seconds,
  };
  const total = times.reading + times.study + times.over + times.figures;
  if (best === undefined || total < best.total) best = { ...times, total, count: figures.result.length };
}
const whole = await cpuSeconds(() => parseTable(bytes, 'measures.parquet'));
if (whole.result.table.length !== table.length) throw new Error('rows were lost');

writeResults(
  'stats',
  `# Statistics of many runs

${machine()} CPU seconds of one process, the least of three rounds.

${runCount} runs of ${lastStep} steps, 101 checkpoints each, ${table.length} rows (${(bytes.length / 1e6).toFixed(0)} MB of Parquet). Checked before timing: ${checked}.

${markdown(
  ['part', 'CPU s'],
  [
    ['reading what the statistics need of the table', best.reading.toFixed(2)],
    ['transitions, change points and lags of every run', best.study.toFixed(2)],
    ['every statistic over runs', best.over.toFixed(2)],
    [`${best.count} figures over runs, as SVG`, best.figures.toFixed(2)],
    ['together', atMost(best.total, 5, ' s')],
    ['beside that: reading every row of the table', whole.seconds.toFixed(2)],
  ],
)}
`,
);
