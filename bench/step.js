/**
 * Opening one checkpoint of a published shape (V 64, d 64, 178 KB): in Node, in CPU time; and in a real Chromium from the
 * change of the step to what is drawn. Writes bench/results/step.md.
 *
 *     npm run bench -- step
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portableCodec } from '../dist/checkpoint/codec.js';
import { readTestSet } from '../dist/library/checkpoint.js';
import { kernels, measureCheckpoint } from '../dist/library/measures.js';
import { parseConfig } from '../dist/library/model.js';
import { explore } from '../dist/server/explore.js';
import { circuitMaps } from '../dist/step/circuit-maps.js';
import { cosines } from '../dist/step/cosines.js';
import { pairCircuits } from '../dist/step/open-step.js';
import { pairScores, relPosOrder, writerScores } from '../dist/step/over-rel-pos.js';
import { placeErrors } from '../dist/step/place-errors.js';
import { readSequence } from '../dist/step/read-sequence.js';
import { createStepSession } from '../dist/step/session.js';
import { spectra } from '../dist/step/spectra.js';
import { fromTestSet, slice } from '../dist/train/sequences.js';
import { machine, table, writeResults } from './report.js';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const pair = '0.0>1.0';
const rank = 10;

/** A short training of the published model: its checkpoints are as large as any, and all different. */
function makeRun(folder) {
  const options = ['--num_epoch', '24', '--n_save', '24', '--batch_size', '10', '--sample_size_test', '60'];
  const args = [main, 'train', '--preset', 'infinite_pool_size', '--out', folder, '--quiet', ...options];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function inNode(folder, steps) {
  const { config } = parseConfig(readFileSync(join(folder, 'config.json'), 'utf8'), 'config.json');
  const session = createStepSession(kernels);
  const set = (name) =>
    slice(fromTestSet(readTestSet(readFileSync(join(folder, name)), name, portableCodec), config), 0, 50);
  const sets = [set('test.pth'), set('test_ood.pth')];
  const tokens = sets[0].tokens.slice(0, 64);
  const files = steps.map((step) => new Uint8Array(readFileSync(join(folder, `ckpt_${step}.pt`))));
  const parts = {
    'read, check, take the weights': (key, at) => session.open(key, files[at], config, key),
    'four heat maps': (key) => circuitMaps(pairCircuits(session.get(key), pair), 0),
    'spectra, cosines, scores': (key) => {
      const choice = pairCircuits(session.get(key), pair);
      return [
        spectra(choice, 0),
        cosines(choice, 0, rank),
        pairScores(choice, 0, rank),
        writerScores(choice, rank),
      ];
    },
    'a sequence: attention, predictions, losses': (key) =>
      readSequence(session.engine(key), config, tokens, null),
    '**what is shown at once**': null,
    'then: 81 relative positions': (key) =>
      relPosOrder('rotary', 40).map((t) => pairScores(pairCircuits(session.get(key), pair), t, rank)),
    'then: another rank at all of them': (key) =>
      relPosOrder('rotary', 40).map((t) => pairScores(pairCircuits(session.get(key), pair), t, rank + 5)),
    'then: errors by place, 100 sequences': (key) =>
      sets.map((sequences) => placeErrors(session.engine(key), config, sequences)),
  };
  const times = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
  for (const at of steps.keys()) {
    const key = `ckpt_${steps[at]}.pt`;
    let sum = 0;
    for (const [name, run] of Object.entries(parts)) {
      if (run === null) {
        times[name].push(sum);
        continue;
      }
      const started = process.cpuUsage();
      run(key, at);
      const { user, system } = process.cpuUsage(started);
      times[name].push((user + system) / 1000);
      sum += times[name].at(-1);
    }
    check(session.get(key), config);
  }
  return times;
}

/** What was timed is right: the numbers are the table's. */
function check(step, config) {
  const plan = { config, ranks: [rank], relPos: [0, -7] };
  const { keys, values } = measureCheckpoint(step.state, plan, kernels, step.file);
  const found = new Map(keys.map((key, at) => [Object.values(key).join(), values[at]]));
  for (const t of plan.relPos) {
    const { zScore, mismatch, match } = pairScores(pairCircuits(step, pair), t, rank);
    const same = [
      [zScore, `z_score,${pair},${t},,`],
      [mismatch, `mismatch_ratio,${pair},${t},,`],
      [match.mean, `qk_ov_match,${pair},${t},${rank},mean`],
      [match.largest, `qk_ov_match,${pair},${t},${rank},largest`],
    ];
    for (const [value, name] of same) {
      if (!(Math.abs(value - found.get(name)) < 1e-10)) {
        throw new Error(`${step.file}: ${name} is ${found.get(name)} in the table, ${value} here`);
      }
    }
  }
}

async function inChromium(folder, steps) {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  const executablePath = places.find((path) => path && existsSync(path));
  if (executablePath === undefined) return undefined;
  const { chromium } = await import('playwright-core');
  const exploring = await explore([folder], { host: '127.0.0.1', port: 0, jobs: 1, version: 'bench' });
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--no-first-run',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-sync',
    ],
  });
  try {
    // What is measured beside the opening would be measured with it.
    while (exploring.runs.some((run) => run.summary().progress.phase === 'measuring')) await sleep(100);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${exploring.url}#step=${steps[0]}`);
    // Its code comes when a reader comes near, and it is computed where they look.
    while ((await page.locator('#step .step').count()) === 0) {
      await page.mouse.wheel(0, 500);
      await sleep(100);
    }
    await page.locator('#step').scrollIntoViewIfNeeded();
    await page.locator('#step .opened:not(.busy)').waitFor();
    await sleep(1500);
    const open = (step) =>
      page.evaluate(async (wanted) => {
        const started = performance.now();
        location.hash = `#step=${wanted}`;
        await new Promise((done) => {
          const look = () => {
            if (document.querySelector(`#step .opened[data-step="${wanted}"]:not(.busy)`) === null) return;
            observer.disconnect();
            done();
          };
          const observer = new MutationObserver(look);
          const section = document.querySelector('#step');
          observer.observe(section, { subtree: true, attributes: true, childList: true });
          look();
        });
        const shown = performance.now() - started;
        await new Promise(requestAnimationFrame);
        return { shown, drawn: performance.now() - started };
      }, step);
    const times = { first: [], again: [] };
    for (const step of steps.slice(1)) {
      times.first.push(await open(step));
      await sleep(300);
    }
    for (const step of steps.slice(-8, -1)) {
      times.again.push(await open(step));
      await sleep(300);
    }
    return times;
  } finally {
    await browser.close();
    await exploring.close();
  }
}

/** On a busy machine wall-clock times mean little; `chrt -r 10 node bench/step.js` measures before everything else. */
function policy() {
  const { stdout } = spawnSync('chrt', ['-p', String(process.pid)], { encoding: 'utf8' });
  return stdout?.includes('SCHED_RR') ? 'before all other work (chrt -r)' : 'beside other work';
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function middle(values, share = 0.5) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}

const scratch = mkdtempSync(join(tmpdir(), 'bridgescope-bench-step-'));
try {
  const folder = join(scratch, 'run');
  makeRun(folder);
  const steps = readdirSync(folder)
    .flatMap((name) => /^ckpt_(\d+)\.pt$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const node = inNode(folder, steps);
  const ms = (values, share) => middle(values, share).toFixed(1);
  const rows = Object.entries(node).map(([name, times]) => [
    name,
    times[0].toFixed(1),
    ms(times.slice(4)),
    ms(times.slice(4), 0.9),
  ]);
  const load = loadavg()[0].toFixed(1);
  const page = await inChromium(folder, steps);
  const pageRows =
    page &&
    Object.entries({ 'for the first time': page.first, again: page.again }).map(([name, times]) => [
      name,
      ms(times.map(({ shown }) => shown)),
      ms(times.map(({ drawn }) => drawn)),
      ms(
        times.map(({ drawn }) => drawn),
        0.9,
      ),
      ms(
        times.map(({ drawn }) => drawn),
        0,
      ),
    ]);
  const drawn = page && middle(page.first.map(({ drawn }) => drawn));
  writeResults(
    'step',
    `## One step, opened

${machine()} Made by \`npm run bench -- step\` from ${steps.length} checkpoints of the published shape, each opened once.
Target: one step opened within 100 ms.

In Node, CPU ms a checkpoint; the values are those of the table, which is checked:

${table(['part', 'the very first', 'median', '90 %'], rows)}

${
  page === undefined
    ? 'No Chromium was found: the page was not measured.'
    : `In Chromium from \`explore\`, wall-clock ms from choosing a step to its picture, reading it from the server included; run ${policy()}, load ${load} at the start and ${loadavg()[0].toFixed(1)} at the end:

${table(['a step opened', 'shown', 'and drawn', '90 %', 'least'], pageRows)}

Opened for the first time: ${drawn.toFixed(0)} ms, target at most 100 ms: ${drawn <= 100 ? 'met' : '**missed**'}.`
}
`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
