/**
 * How quickly the explorer's page opens and answers: from `explore` and from a report, in a real Chromium.
 *
 *     npm run bench -- explorer [--run FOLDER]
 *
 * `--run`: a run of about a hundred checkpoints (default: one made of the example's checkpoints, with 20000 error entries). Times are of
 * the wall clock, since that is what a reader waits for: the median of some rounds and the best one; and CPU time of the page's main
 * thread beside it, since other work on the machine disturbs that least. A frame's time goes from the start of the frame in which the event comes to the end of its painting.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { curvesOf, parseTable, TableBuilder, tableMetadata } from '../dist/library/table.js';
import { choosePairs, modelRows } from '../dist/series/model-rows.js';
import { saveTable } from '../dist/tables/save.js';
import { machine, table, writeResults } from './report.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({ options: { run: { type: 'string' } } });
const program = join(root, 'dist/cli/main.js');
const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  existsSync,
);
const rounds = 3;
const frames = 60;

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A hundred checkpoints and twenty thousand error entries, from those of the example. */
function makeRun() {
  const example = join(root, 'examples/small_run');
  const run = join(folder, 'hundred_checkpoints');
  cpSync(example, run, { recursive: true });
  for (const name of readdirSync(run)) if (name.startsWith('ckpt')) rmSync(join(run, name));
  for (let at = 0; at <= 100; at++) {
    cpSync(join(example, `ckpt_${Math.round(at / 5) * 100}.pt`), join(run, `ckpt_${at * 200}.pt`));
  }
  const config = JSON.parse(readFileSync(join(example, 'config.json'), 'utf8'));
  writeFileSync(join(run, 'config.json'), JSON.stringify({ ...config, num_epoch: 20_000, n_save: 100 }));
  const entries = Array.from({ length: 20_000 }, (_, epoch) => {
    const wave = 0.01 * Math.sin(epoch * 1.7);
    const fall = 1 / (1 + Math.exp((epoch - 9000) / 800));
    const loss = 1 + 2 * fall + wave;
    return {
      epoch,
      ...{ loss_train: loss, loss_test: loss + 0.01, loss_ood: loss + 0.1 },
      ...{
        err_train: 0.5 * fall + wave + 0.1,
        err_test: 0.6 * fall + wave + 0.1,
        err_ood: 0.9 * fall + wave + 0.05,
      },
    };
  });
  writeFileSync(join(run, 'err_arr.json'), JSON.stringify(entries));
  return run;
}

const run = flags.run ?? makeRun();
const setting = run.split('/').filter(Boolean).at(-1);
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});

/** Starts `explore`; `started` is when the process was. */
async function startExplore(...inputs) {
  const started = performance.now();
  const child = spawn(process.execPath, [
    program,
    'explore',
    ...inputs,
    '--no-open',
    '--port',
    '0',
    '--quiet',
  ]);
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes) => resolve(bytes.toString().trim()));
    child.on('exit', (code) => reject(new Error(`explore ended with ${code}`)));
  });
  return { url, started, stop: () => child.kill('SIGINT') };
}

/**
 * Opens a page and waits until it shows something, looked for in every frame.
 * @param isThere runs in the page
 * @returns the page, milliseconds, and CPU milliseconds of its main thread
 */
async function firstSight(url, isThere, begin = performance.now()) {
  const page = await newPage();
  await page.addInitScript(`
    globalThis.firstSight = new Promise((resolve) => {
      const isThere = ${isThere};
      const look = () => (isThere() ? resolve() : requestAnimationFrame(look));
      requestAnimationFrame(look);
    });`);
  await page.goto(url, { waitUntil: 'commit' });
  await page.evaluate(() => globalThis.firstSight);
  return { page, milliseconds: performance.now() - begin, cpu: await threadTime(page) };
}

/** Whether the first panel shows its line. */
function showsPanel() {
  const canvas = document.querySelector('[data-panel=errors] canvas');
  const style = getComputedStyle(document.documentElement).getPropertyValue('--run-1').trim();
  if (!(canvas?.width > 0) || style === '') return false;
  const wanted = [1, 3, 5].map((from) => Number.parseInt(style.slice(from, from + 2), 16));
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) {
    if (wanted.every((value, c) => Math.abs(data[at + c] - value) < 10)) return true;
  }
  return false;
}

/** Whether the atlas of a model of many heads is painted. */
function showsAtlas() {
  const canvas = document.querySelector('.heads-atlas canvas');
  if (!(canvas?.width > 0)) return false;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size > 10;
}

/** The table of a model of many heads: values of all pairs at ranks 5 and 10, as `measure` keeps them. */
function makeHeads(name, layers, heads) {
  const total = layers * heads;
  const grid = { layers, heads };
  const pairs = [5, 10].map((rank, at) => ({
    key: { measure: 'qk_ov_match', rank, rel_pos: 0, statistic: 'mean' },
    values: Float64Array.from(
      { length: total * total },
      (_, pair) => Math.abs(Math.sin(pair * (12.9898 + at))) ** 3,
    ),
  }));
  const builder = new TableBuilder();
  const choice = choosePairs(pairs, grid, { kind: 'usual' }, 1, name);
  for (const { key, of, values } of modelRows({ pairs, heads: [] }, choice, grid)) {
    builder.appendCurves({ setting: name, ...key }, of, [Number.NaN], [values]);
  }
  const [path] = saveTable(builder.build(), tableMetadata('bench', {}), join(folder, name), ['parquet']);
  return path;
}

/** The heads of a model: its first view, a pair under the pointer, the next pair by key, another rank. */
async function timeHeads(path) {
  const { url, stop } = await startExplore(path);
  const first = { times: [], cpu: [] };
  let last;
  for (let round = 0; round < rounds; round++) {
    await last?.close();
    const { page, milliseconds, cpu } = await firstSight(url, showsAtlas);
    first.times.push(milliseconds);
    first.cpu.push(cpu);
    last = page;
  }
  const hover = await timeFrames(last, 'pair');
  const next = await timeFrames(last, 'next pair');
  const rank = await timeFrames(last, 'rank');
  await last.close();
  stop();
  return { first, hover, next, rank };
}

/** Until every run is measured and drawn. The lab below, where the page has loaded it, waits to be begun. */
function isMeasured(page) {
  const isDone = () =>
    [...document.querySelectorAll('.run-status, .chart-note')].every((note) => note.closest('#lab') !== null);
  return page.waitForFunction(isDone, null, { timeout: 300_000 });
}

const sessions = new Map();

/** A page whose main thread's CPU time is counted from its beginning: the count starts with its session. */
async function newPage() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  sessions.set(page, session);
  return page;
}

/** CPU milliseconds that a page's main thread has spent on tasks. */
async function threadTime(page) {
  const { metrics } = await sessions.get(page).send('Performance.getMetrics');
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value;
}

/** What frames take in which an event comes: milliseconds of each, and of CPU on average. */
async function timeFrames(page, kind) {
  // Frames without one, for what a frame costs anyway.
  const idle = await threadTime(page);
  await runFrames(page, 'nothing');
  const before = await threadTime(page);
  const times = await runFrames(page, kind);
  const after = await threadTime(page);
  return { times, cpu: [(after - before - (before - idle)) / frames] };
}

function runFrames(page, kind) {
  return page.evaluate(
    async ([what, count]) => {
      const charts = [...document.querySelectorAll('#timeline .chart')];
      const event = (at) => {
        if (what === 'hover') {
          const chart = charts[at % charts.length];
          const { left, top, width } = chart.getBoundingClientRect();
          const x = left + 45 + ((at * 37) % (width - 160));
          chart.dispatchEvent(
            new PointerEvent('pointermove', {
              bubbles: true,
              clientX: x,
              clientY: top + 60,
              pointerType: 'mouse',
            }),
          );
        } else if (what === 'pair') {
          const atlas = document.querySelector('.heads-atlas canvas:nth-of-type(2)');
          const { left, top, width, height } = atlas.getBoundingClientRect();
          const [clientX, clientY] = [left + ((at * 37) % width), top + ((at * 53) % height)];
          const moved = { bubbles: true, clientX, clientY, pointerType: 'mouse' };
          atlas.dispatchEvent(new PointerEvent('pointermove', moved));
        } else if (what === 'next pair') {
          const atlas = document.querySelector('.heads-atlas canvas:nth-of-type(2)');
          atlas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
        } else if (what === 'rank') {
          const key = Math.floor(at / 3) % 2 === 0 ? ']' : '[';
          dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        } else if (what === 'rel_pos') {
          const key = Math.floor(at / 7) % 2 === 0 ? '.' : ',';
          dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        }
      };
      const times = [];
      for (let at = 0; at < count; at++) {
        times.push(
          await new Promise((resolve) => {
            requestAnimationFrame(() => {
              const start = performance.now();
              event(at);
              const { port1, port2 } = new MessageChannel();
              port1.onmessage = () => resolve(performance.now() - start);
              // A task of its own, which comes when this frame is painted.
              port2.postMessage(0);
            });
          }),
        );
      }
      return times;
    },
    [kind, frames],
  );
}

const load = loadavg()[0].toFixed(1);
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const show = ({ times, cpu }) => [
  median(times).toFixed(1),
  Math.min(...times).toFixed(1),
  // Less than frames in which nothing comes differ by.
  median(cpu) > 0 ? median(cpu).toFixed(1) : '–',
];
const verdict = ({ times }, target) =>
  median(times) <= target ? 'met' : Math.min(...times) <= target ? 'met at best' : '**missed**';

// The numbers first: what the page tells is what the table holds.
const served = await startExplore(run);
const opened = await firstSight(served.url, showsPanel);
await isMeasured(opened.page);
await opened.page.keyboard.press('End');
const told = await opened.page.evaluate(() =>
  [...document.querySelectorAll('.readout td')].map((cell) => cell.textContent),
);
const bytes = new Uint8Array(
  await (await fetch(`${served.url}api/runs/${setting}/table.parquet`)).arrayBuffer(),
);
const measured = await parseTable(bytes, 'table.parquet');
const curves = curvesOf(measured.table);
const z = curves.find({ setting, measure: 'z_score', of: '0.0>1.0', rel_pos: 0 }).values.at(-1);
if (Math.abs(Number(told[2].replace('−', '-')) - z) > 0.0051)
  throw new Error(`the page tells ${told[2]}, the table ${z}`);

const rank = await timeFrames(opened.page, 'rank');
const relPos = await timeFrames(opened.page, 'rel_pos');
await opened.page.close();

const warm = { times: [], cpu: [] };
for (let round = 0; round < rounds; round++) {
  const { page, milliseconds, cpu } = await firstSight(served.url, showsPanel);
  warm.times.push(milliseconds);
  warm.cpu.push(cpu);
  await page.close();
}
served.stop();
const cold = { times: [], cpu: [] };
for (let round = 0; round < rounds; round++) {
  const { url, started, stop } = await startExplore(run);
  const { page, milliseconds, cpu } = await firstSight(url, showsPanel, started);
  cold.times.push(milliseconds);
  cold.cpu.push(cpu);
  await page.close();
  stop();
}

const file = join(folder, 'report.html');
spawnSync(process.execPath, [program, 'report', run, '--out', file, '--quiet'], { stdio: 'inherit' });
const fromReport = { times: [], cpu: [] };
for (let round = 0; round < rounds; round++) {
  const { page, milliseconds, cpu } = await firstSight(`file://${file}`, showsPanel);
  fromReport.times.push(milliseconds);
  fromReport.cpu.push(cpu);
  await page.close();
}

const ten = await startExplore(...Array.from({ length: 10 }, (_, at) => `run_${at}=${run}`));
const tenRuns = await newPage();
await tenRuns.goto(`${ten.url}#axis=linear`);
await tenRuns.waitForFunction(() => document.querySelectorAll('.readout tbody tr').length === 10, null, {
  timeout: 300_000,
});
await isMeasured(tenRuns);
const hover = await timeFrames(tenRuns, 'hover');
const rankTen = await timeFrames(tenRuns, 'rank');
ten.stop();
const gpt2 = await timeHeads(makeHeads('heads_144', 12, 12));
const xl = await timeHeads(makeHeads('heads_1200', 48, 25));
await browser.close();

const compressed = (path) => gzipSync(readFileSync(path)).length;
const pageFolder = join(root, 'dist/explorer');
const index = readFileSync(join(pageFolder, 'index.html'), 'utf8');
const first = [...index.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name);
const all = readdirSync(join(pageFolder, 'assets')).map((name) => `assets/${name}`);
const sum = (names) => names.reduce((total, name) => total + compressed(join(pageFolder, name)), 0) / 1000;
const atOnce = sum(['index.html', ...first]);
const later = sum(all.filter((name) => !first.includes(name)));
const megabytes = statSync(file).size / 1e6;

const steps = new Set(curves.all.find(({ key }) => key.measure === 'z_score').steps).size;
const errors = curves.find({ setting, measure: 'err_ood' }).steps.length;
writeResults(
  'explorer',
  `## The explorer's page

${machine()} Chromium ${browser.version()}, without a GPU. A run of ${steps} checkpoints, eight relative positions, four ranks, ${errors} error entries${flags.run === undefined ? ' (the example’s checkpoints, repeated)' : ''}. Milliseconds of the wall clock, and of CPU, which other work on the
machine disturbs less; the load while it ran was ${load} on ${cpus().length} cores.

${table(
  ['', 'median', 'best', 'CPU of the main thread', 'target', ''],
  [
    ['first panel, `explore`: from the start of the program', ...show(cold), 1000, verdict(cold, 1000)],
    ['first panel, `explore`: the page opened again', ...show(warm), 1000, verdict(warm, 1000)],
    ['first panel, report from a file', ...show(fromReport), 1000, verdict(fromReport, 1000)],
    ['another rank, drawn', ...show(rank), 16, verdict(rank, 16)],
    ['another relative position, drawn', ...show(relPos), 16, verdict(relPos, 16)],
    ['another rank with ten runs, drawn', ...show(rankTen), 16, verdict(rankTen, 16)],
    ['hover with ten runs, drawn', ...show(hover), 8, verdict(hover, 8)],
  ],
  [0, 5],
)}

Models of many heads, tables of all pairs of 144 heads, and of 1200 with their strongest pairs:

${table(
  ['', 'median', 'best', 'CPU of the main thread', 'target', ''],
  [
    ...[
      ['144', gpt2, 16],
      ['1200', xl, 100],
    ].flatMap(([heads, { first, hover, next, rank }, most]) => [
      [`${heads} heads: first view`, ...show(first), 1500, verdict(first, 1500)],
      [`${heads} heads: another pair under the pointer`, ...show(hover), most, verdict(hover, most)],
      [`${heads} heads: the next pair by key`, ...show(next), most, verdict(next, most)],
      [`${heads} heads: another rank`, ...show(rank), most, verdict(rank, most)],
    ]),
  ],
  [0, 5],
)}

${table(
  ['', 'size', 'target', ''],
  [
    [
      'page code loaded at once, compressed',
      `${atOnce.toFixed(0)} KB`,
      '250 KB',
      atOnce <= 250 ? 'met' : '**missed**',
    ],
    ['loaded on demand: opened step, lab, workers, downloads', `${later.toFixed(0)} KB`, '', ''],
    [
      'report with eight checkpoints',
      `${megabytes.toFixed(1)} MB`,
      '5 MB',
      megabytes <= 5 ? 'met' : '**missed**',
    ],
  ],
  [0, 3],
)}
`,
);
