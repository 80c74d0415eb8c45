/**
 * Steps per second of live training in Chromium's worker, side by side with Node on one thread.
 *
 *     npm run bench -- lab [--quick]
 *
 * The two train the same run from one checkpoint to the next in turns, so that other work on the machine hits both; evaluations,
 * checkpoints, their measures (in the page) and their files (in Node) included, and the page draws its charts meanwhile. Then
 * their last checkpoints are compared byte by byte. `--quick`: the small shape alone, for a busy machine.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { version } from '../dist/cli/version.js';
import { parameterLayout } from '../dist/model/parameters.js';
import { checkConfig } from '../dist/run/config.js';
import { explore } from '../dist/server/explore.js';
import { createTeam } from '../dist/train/create-team.js';
import { ErrorLog } from '../dist/train/error-log.js';
import { folderStore } from '../dist/train/folder-store.js';
import { createRunWriter } from '../dist/train/run-writer.js';
import { createTask } from '../dist/train/task.js';
import { initialState, trainSteps } from '../dist/train/train-steps.js';
import { atLeast, machine, table, writeResults } from './report.js';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

const turns = 7;

/** The lab's first comparison, and the published sizes; with so many steps from one checkpoint to the next. */
const shapes = [
  {
    name: 'the lab’s first comparison (d 32, 32 × 40 tokens)',
    label: 'Every pattern new, or 30 again and again',
    steps: 200,
  },
  { name: 'published sizes (d 64, 50 × 64 tokens)', label: 'The published sizes', steps: 60 },
];

const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== '' && existsSync(path),
);
if (executablePath === undefined) {
  process.stderr.write('no Chromium was found; install one, or name it: CHROMIUM=/path/to/it\n');
  process.exit(1);
}

/** CPU milliseconds that the training workers below a process have used: Linux tells it by thread. */
function workerCpu(browser) {
  const children = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = statOf(`/proc/${pid}/stat`)?.[1];
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  let ticks = 0;
  for (const open = [String(browser)]; open.length > 0; ) {
    const pid = open.pop();
    open.push(...(children.get(pid) ?? []));
    for (const thread of tasksOf(pid)) {
      const stat = statOf(`/proc/${pid}/task/${thread}/stat`);
      if (stat?.name.startsWith('DedicatedWorker')) ticks += Number(stat[11]) + Number(stat[12]);
    }
  }
  // A tick is a hundredth of a second everywhere.
  return ticks * 10;
}

function tasksOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** The fields after the name, which may hold spaces: 0 is the state, 1 the parent, 11 and 12 the times. */
function statOf(path) {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.lastIndexOf(')');
    return Object.assign(text.slice(end + 2).split(' '), { name: text.slice(text.indexOf('(') + 1, end) });
  } catch {
    return undefined;
  }
}

/** A run in this process, on this thread, to be trained piece by piece. */
async function nodeRun(options, folder) {
  const { config } = checkConfig(options, 'bench');
  const layout = parameterLayout(config);
  const task = createTask(config);
  const sets = { test: task.testSet(), ood: task.oodSet() };
  const team = await createTeam({ config, sets, jobs: 1, fast: false });
  const writer = createRunWriter({
    ...{ store: folderStore(folder), config, others: {}, layout, formats: ['pt'], version, fast: false },
  });
  writer.begin(sets);
  let state = initialState(config, layout);
  await team.load(state);
  const log = new ErrorLog();
  return async (until) => {
    const how = { config, evalEvery: null, place: 'here', until };
    how.onProgress = ({ loss }) => {
      state = { ...state, lossStep: loss };
    };
    const { step } = await trainSteps(team, writer, state, log, how);
    state = { ...state, step };
  };
}

const milliseconds = async (work, cpu) => {
  const [started, used] = [performance.now(), cpu()];
  await work();
  return { wall: performance.now() - started, cpu: cpu() - used };
};
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const nodeCpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function compare(browser, pid, url, { label, steps }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
  try {
    await page.goto(url);
    await page.getByLabel(label, { exact: true }).check({ force: true });
    const bench = page.locator('.bench').first();
    await bench.locator('details.more summary').click();
    await page.fill('#lab-1-num_epoch', String(turns * steps));
    await page.fill('#lab-1-n_save', String(turns));
    const settings = await page.$$eval('.bench:first-of-type [id^=lab-1-]', (fields) =>
      fields.filter(({ value }) => value).map(({ id, value }) => [id.replace('lab-1-', ''), value]),
    );
    const options = Object.fromEntries(
      settings.map(([name, value]) => [name, Number.isNaN(Number(value)) ? value : Number(value)]),
    );
    const trainInNode = await nodeRun(options, folder);
    const button = bench.getByRole('button', { name: /\+1 checkpoint/ });
    const inPage = (last) =>
      button.evaluate(
        (element, phase) =>
          new Promise((resolve) => {
            const standing = element.closest('.bench').querySelector('.standing');
            const look = () => {
              if (standing.querySelector('[role=status]').textContent !== phase) return;
              observer.disconnect();
              resolve();
            };
            const observer = new MutationObserver(look);
            observer.observe(standing, { childList: true, characterData: true, subtree: true });
            element.click();
          }),
        last ? 'finished' : 'paused',
      );
    const found = [];
    for (let turn = 1; turn <= turns; turn++) {
      const chromium = await milliseconds(
        () => inPage(turn === turns),
        () => workerCpu(pid),
      );
      const node = await milliseconds(() => trainInNode(turn * steps), nodeCpu);
      // The first turn compiles, and the worker of the last is gone before its time is read.
      if (turn > 1 && turn < turns) found.push({ chromium, node });
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      bench.getByRole('button', { name: /\.pt checkpoints/ }).click(),
    ]);
    await download.saveAs(join(folder, 'run.zip'));
    const archive = readFileSync(join(folder, 'run.zip'));
    const own = readFileSync(join(folder, 'ckpt.pt'));
    if (archive.indexOf(own) === -1)
      throw new Error(`${label}: the bytes of ckpt.pt differ: nothing is worth timing`);
    return {
      wall: median(found.map(({ chromium, node }) => node.wall / chromium.wall)),
      cpu:
        found.reduce((sum, { node }) => sum + node.cpu, 0) /
        found.reduce((sum, { chromium }) => sum + chromium.cpu, 0),
      pace: (1000 * steps) / median(found.map(({ chromium }) => chromium.wall)),
      nodePace: (1000 * steps) / median(found.map(({ node }) => node.wall)),
      cpuStep: found.reduce((sum, { chromium }) => sum + chromium.cpu, 0) / found.length / steps,
    };
  } finally {
    await page.close();
    rmSync(folder, { recursive: true });
  }
}

const exploring = await explore([], { host: '127.0.0.1', port: 0, jobs: 1, version });
const server = await chromium.launchServer({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const browser = await chromium.connect(server.wsEndpoint());
  const results = [];
  for (const shape of flags.quick ? shapes.slice(0, 1) : shapes) {
    const found = await compare(browser, server.process().pid, `${exploring.url}lab.html`, shape);
    results.push([
      shape.name,
      found.pace.toFixed(0),
      found.nodePace.toFixed(0),
      atLeast(found.wall * 100, 90, ' %', 0),
      `${(found.cpu * 100).toFixed(0)} %`,
    ]);
  }
  writeResults(
    'lab',
    `# Training in the page

Written by \`npm run bench -- lab${flags.quick ? ' --quick' : ''}\`. A worker of the lab in Chromium ${browser.version()}, and \`train\` on one thread in Node, trained the same run in turns, from one checkpoint
to the next; ${turns - 2} turns of ${turns} count. Evaluations are included on both sides, the measures of each checkpoint and drawing the charts in the page, files in Node. The share is the median over
the turns; CPU is that of the worker's thread against that of the process. The last checkpoints had the same bytes.
The load average was ${loadavg()[0].toFixed(0)} at the end: on a machine with more to do than cores, wall time says how it shared them, and CPU time what the work costs.

${machine()}

${table(['', 'steps/s, page', 'steps/s, Node', 'page against Node', 'by CPU time'], results, [0, 3])}
`,
  );
} finally {
  await server.close();
  await exploring.close();
}
