/**
 * Interventions: removals of all heads of GPT-2's shape against full passes, a sweep over ranks with its control, a transplant
 * map, and the switches of the page. Results are checked before they are timed. Writes bench/results/interventions.md.
 *
 *     npm run bench -- interventions
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyingOf, countCopying, kernelForward, repeatedTokens } from '../dist/library/forward.js';
import { removeHeads } from '../dist/library/interventions.js';
import { openModel } from '../dist/run/open-model.js';
import { explore } from '../dist/server/explore.js';
import { measureProcess, python } from './process.js';
import { atMost, machine, table, writeResults } from './report.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const main = join(root, 'dist/cli/main.js');
const run = join(root, 'examples/small_run');
const scratch = mkdtempSync(join(tmpdir(), 'bridgescope-bench-interventions-'));

function cpu(work) {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { result, seconds: (user + system) / 1e6 };
}

let folders = 0;

/** The command on two cores, from its start to its end, and what it printed. Nothing is taken up from an earlier one. */
function intervene(...args) {
  const out = join(scratch, `out-${folders++}`);
  const json = join(scratch, 'printed.json');
  const options = ['--no-figures', '--quiet', '--jobs', '2', '--json', '--out', out];
  const line = [process.execPath, main, 'intervene', ...args, ...options];
  const quoted = line.map((word) => `'${word}'`).join(' ');
  const figures = measureProcess('sh', ['-c', `${quoted} > '${json}'`]);
  return { ...figures, results: JSON.parse(readFileSync(json, 'utf8')) };
}

function expectSame(found, expected, what, tolerance = 0) {
  if (!(Math.abs(found - expected) <= tolerance)) {
    throw new Error(`${what} is ${found}, expected ${expected}: nothing is worth timing`);
  }
}

/** All removals of single heads of a 12 × 12 model by the command, against full passes. */
function removals() {
  const folder = join(scratch, 'gpt2');
  const { status, stderr } = spawnSync(
    python,
    [join(root, 'tools/make_model_shapes.py'), folder, 'gpt2', '--mlp'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  const model = openModel(folder);
  const weights = model.open(model.steps[0]);
  const { layers, heads, vocabSize } = weights.architecture;
  const sequences = repeatedTokens({ vocabSize, repeats: 3, sequences: 2 });
  const { tokens, length } = sequences;
  const ids = join(scratch, 'ids.json');
  writeFileSync(
    ids,
    JSON.stringify([0, 1].map((at) => [...tokens.subarray(at * length, (at + 1) * length)])),
  );

  const full = [];
  const layersAlone = [];
  const judged = [];
  const expected = new Map();
  for (const head of [5, 40, 100, 143]) {
    const edited = removeHeads([head])(weights);
    const pass = cpu(() => countCopying(kernelForward(edited, { tokens, length }), sequences));
    full.push(pass.seconds);
    expected.set(`${Math.floor(head / heads)}.${head % heads}`, pass.result);
    judged.push(cpu(() => copyingOf(kernelForward, edited, sequences)).seconds);
    layersAlone.push(
      cpu(() => kernelForward(edited, { tokens, length, predictions: false, residuals: [layers] })).seconds,
    );
  }
  const all = intervene(folder, '--remove', 'each', '--draws', '0', '--tokens', ids);
  const removed = all.results.filter(({ intervention }) => intervention === 'remove');
  expectSame(removed.length, layers * heads, 'the number of removals');
  for (const [head, { prob, wrong }] of expected) {
    const found = removed.find((result) => result.heads === head);
    expectSame(found.wrong, wrong, `wrong predictions without head ${head}`);
    expectSame(found.prob, prob, `the probability without head ${head}`);
  }
  const least = (values) => Math.min(...values);
  return {
    ...{ all: all.cpu, wall: all.wall, count: removed.length, checked: expected.size },
    ...{ full: least(full), judged: least(judged), layers: least(layersAlone) },
  };
}

/** Right predictions out of distribution by PyTorch, from the committed golden values. */
function golden(matches) {
  const cases = JSON.parse(readFileSync(join(root, 'test/golden/interventions.json'), 'utf8'));
  return cases.find(({ step, edit }) => step === 2000 && matches(edit)).ood.copy_correct;
}

/** Sixteen ranks and twenty draws of each at one step of the example run. */
function rankSweep() {
  const ranks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 24];
  const { wall, cpu, results } = intervene(
    ...[run, '--steps', '2000', '--project-keys', ranks.join(','), '--keep'],
    ...['--heads', '1.0', '--written', '0.0', '--draws', '20'],
  );
  const before = results.find(({ intervention }) => intervention === 'none').copy_err_ood;
  const at = (rank) => results.find((result) => result.rank === rank);
  expectSame(results.length, 1 + ranks.length, 'the number of edits');
  expectSame(at(24).copy_err_ood, before, 'the error with all 24 dimensions');
  const positions = Math.round(golden(({ kind }) => kind === 'none') / (1 - before));
  for (const rank of [4, 9]) {
    const right = golden(
      ({ component, what, rank: own }) => component === 'keys' && what === 'keep' && own === rank,
    );
    expectSame((1 - at(rank).copy_err_ood) * positions, right, `right predictions at rank ${rank}`, 2.5);
    expectSame(at(rank).control.copy_err_ood.draws, 20, `draws at rank ${rank}`);
  }
  return { wall, cpu, edits: ranks.length * 21 };
}

/** Layer 0 of twenty steps under the rest of twenty steps. */
function transplantMap() {
  const steps = '100:2000:100';
  const { wall, cpu, results } = intervene(run, '--steps', steps, '--transplant', steps, '--draws', '0');
  const plain = new Map(
    results
      .filter(({ intervention }) => intervention === 'none')
      .map(({ step, copy_err_ood }) => [step, copy_err_ood]),
  );
  const cells = results.filter(({ intervention }) => intervention === 'transplant');
  expectSame(cells.length, 400, 'the number of transplants');
  const own = cells.filter(({ step, donor_step }) => step === donor_step);
  for (const { step, copy_err_ood } of own) {
    expectSame(copy_err_ood, plain.get(step), `the error with its own layer at step ${step}`);
  }
  return { wall, cpu };
}

/** From a click on a switch to tokens, attention and errors of the edited model in the page, ms. */
async function switches() {
  const places = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  const executablePath = places.find((path) => path && existsSync(path));
  if (executablePath === undefined) return undefined;
  const { chromium } = await import('playwright-core');
  const exploring = await explore([run], { host: '127.0.0.1', port: 0, jobs: 1, version: 'bench' });
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
    while (exploring.runs.some((one) => one.summary().progress.phase === 'measuring')) await sleep(100);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${exploring.url}#step=2000&edit=drop_keys_1`);
    while ((await page.locator('#step .step').count()) === 0) {
      await page.mouse.wheel(0, 500);
      await sleep(100);
    }
    await page.locator('#step').scrollIntoViewIfNeeded();
    await page.locator('#step .edits [data-error="ood"]').waitFor();
    await page.locator('#step .edits').scrollIntoViewIfNeeded();
    await sleep(1500);
    // A switch is thrown, the page hears of it and is busy, and is done when it is no longer.
    const press = (label) =>
      page.evaluate(async (wanted) => {
        const edits = document.querySelector('#step .edits');
        const started = performance.now();
        await new Promise((done) => {
          let wasBusy = false;
          const observer = new MutationObserver(() => {
            if (edits.dataset.busy === 'true') wasBusy = true;
            else if (wasBusy) {
              observer.disconnect();
              done();
            }
          });
          observer.observe(edits, { attributes: true, attributeFilter: ['data-busy'] });
          edits.querySelector(`[aria-label="${wanted}"]`).click();
        });
        await new Promise(requestAnimationFrame);
        return performance.now() - started;
      }, label);
    const rank = [];
    const head = [];
    for (let at = 0; at < 15; at++) {
      rank.push(await press('larger dimensions of the bridge'));
      await sleep(150);
    }
    for (let at = 0; at < 14; at++) {
      head.push(await press('remove head 1.0'));
      await sleep(150);
    }
    return { rank, head };
  } finally {
    await browser.close();
    await exploring.close();
  }
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function middle(values, share = 0.5) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}

try {
  const loadBefore = loadavg()[0];
  const sweep = rankSweep();
  const map = transplantMap();
  const page = await switches();
  const gpt2 = removals();
  const share = gpt2.all / (gpt2.count * gpt2.full);
  const shareOfJudged = gpt2.all / (gpt2.count * gpt2.judged);
  const ms = (values, at) => middle(values, at).toFixed(0);
  writeResults(
    'interventions',
    `## Interventions

Written by \`npm run bench -- interventions\`. ${machine()} Load ${loadBefore.toFixed(1)} at the start, ${loadavg()[0].toFixed(1)} at the end: wall times are those of a machine that is at other work.

**Every head of GPT-2’s shape removed, one by one** (12 layers of 12 heads, d 768, ${gpt2.count} removals, 2 sequences of 75 tokens), CPU time:

${table(
  ['', 's', 'of full passes'],
  [
    [
      `${gpt2.count} full passes (one: ${gpt2.full.toFixed(2)} s, the least of ${gpt2.checked})`,
      (gpt2.count * gpt2.full).toFixed(0),
      '1',
    ],
    [
      `${gpt2.count} passes that predict where copying is counted`,
      (gpt2.count * gpt2.judged).toFixed(0),
      (gpt2.judged / gpt2.full).toFixed(2),
    ],
    [
      'the layers’ share of a full pass, without the unembedding',
      (gpt2.count * gpt2.layers).toFixed(0),
      (gpt2.layers / gpt2.full).toFixed(2),
    ],
    [
      '`intervene --remove each`, two threads, start of the process included',
      gpt2.all.toFixed(0),
      share.toFixed(2),
    ],
  ],
)}

${gpt2.checked} of the removals were held to full passes: the same probability, to the last bit. Share of full passes: ${atMost(share, 0.5, '')}; of passes that
predict no more than it does: ${shareOfJudged.toFixed(2)}. What lies below a removed head is computed once for all edits of a task. What lies above is computed for each, but
the heads of a layer go through it together, so that its weights are read and packed once.

**The example run**, the command from its start to its end, two threads:

${table(
  ['', 'wall s', 'CPU s', 'target, wall s'],
  [
    [
      `16 ranks of keys kept, 20 draws of each, at one step (${sweep.edits} edits)`,
      sweep.wall.toFixed(1),
      sweep.cpu.toFixed(1),
      5,
    ],
    [
      'layer 0 of 20 steps under the rest of 20 steps (400 edits)',
      map.wall.toFixed(1),
      map.cpu.toFixed(1),
      60,
    ],
  ],
)}

Two ranks of the sweep were held to PyTorch’s counts, rank 24 of 24 and every step’s own layer to the unedited error, bit for bit. Rank sweep: ${atMost(sweep.wall, 5, ' s', 1)}.
Transplant map: ${atMost(map.wall, 60, ' s', 1)}.

${
  page === undefined
    ? 'No Chromium was found: the page was not measured.'
    : `**The page**, in Chromium: from a click on a switch to tokens, attention and errors (50 + 50 sequences) of the edited example run, and drawn, wall-clock ms:

${table(
  ['', 'median', '90 %', 'most'],
  [
    ['one dimension more dropped from the keys', ms(page.rank), ms(page.rank, 0.9), ms(page.rank, 1)],
    ['a head removed or put back', ms(page.head), ms(page.head, 0.9), ms(page.head, 1)],
  ],
)}

Slowest median: ${atMost(Math.max(middle(page.rank), middle(page.head)), 100, ' ms', 0)}.`
}
`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
