/**
 * Measures what reading from the Hub costs, beside a local server that speaks its routes; checks first that the tables are the
 * same, byte for byte.
 *
 *     npm run bench -- hub [--quick]
 *
 * `--quick`: one call of each. The last table needs redis-server.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { transformWithOxc } from 'vite';
import { measureProcess, median, python } from './process.js';
import { atLeast, atMost, machine, table, writeResults } from './report.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' } } });
const program = join(root, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'bridgescope-bench-'));
const llama = join(root, 'examples/small_llama');
const rounds = flags.quick ? 1 : 5;
const revisions = flags.quick ? 4 : 20;

/** The server of the tests, in a process of its own, so that its work is not counted. */
async function startServer(models) {
  const source = readFileSync(join(root, 'test/hub/hub-server.ts'), 'utf8');
  const { code } = await transformWithOxc(source, 'hub-server.ts');
  writeFileSync(join(folder, 'server.mjs'), code);
  writeFileSync(
    join(folder, 'serve.mjs'),
    `import { startHub } from './server.mjs';
const hub = await startHub(${JSON.stringify(models)});
console.log(hub.url);
process.stdin.on('data', () => { console.log(hub.sent); hub.sent = 0; });
process.stdin.on('end', () => process.exit());`,
  );
  const child = spawn(process.execPath, [join(folder, 'serve.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value.trim();
  const url = await line();
  return {
    url,
    /** Bytes of files since it was asked last. */
    async sent() {
      child.stdin.write('?');
      return Number(await line());
    },
    stop: () => child.stdin.end(),
  };
}

const out = (name) => join(folder, name);
const measure = (source, name, ...more) => [
  ...[program, 'measure', source, '--out', out(name), '--no-figures', '--quiet', '--overwrite', ...more],
];
const seconds = (value) => value.toFixed(2);

/** GPT-2's shape with random weights. */
function makeGpt2() {
  const path = out('gpt2');
  const { status, stderr } = spawnSync(python, [join(root, 'tools/make_model_shapes.py'), path, 'gpt2'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`GPT-2's shape could not be made: ${stderr}`);
  return path;
}

/** Bytes of the tensors that attention is made of: its weights and biases, and the norms before it. */
function attentionBytes(path) {
  const file = join(path, 'model.safetensors');
  const length = Number(readFileSync(file).readBigUInt64LE(0));
  const header = JSON.parse(
    readFileSync(file)
      .subarray(8, 8 + length)
      .toString(),
  );
  return Object.entries(header)
    .filter(([name]) => /\.(?:attn\.c_(?:attn|proj)|ln_1)\./.test(name))
    .reduce(
      (
        sum,
        [
          ,
          {
            data_offsets: [from, to],
          },
        ],
      ) => sum + to - from,
      0,
    );
}

/** From an empty cache each time, and from the disk, in turn. */
function besideDisk(environment) {
  const [hub, disk] = [[], []];
  for (let round = 0; round < rounds; round++) {
    disk.push(measureProcess(process.execPath, measure(`llama=${llama}`, 'disk'), environment));
    rmSync(out('cache'), { recursive: true, force: true });
    hub.push(measureProcess(process.execPath, measure('hf:org/llama', 'hub'), environment));
  }
  const [one, other] = ['hub', 'disk'].map((name) => readFileSync(join(out(name), 'measures.parquet')));
  if (!one.equals(other)) throw new Error('the tables from the Hub and from the disk differ');
  return { hub, disk };
}

/** Until something is there, looked at often. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Wall seconds of a plan over Redis with so many workers of one thread, which have started before. */
async function withWorkers(count, redis, environment) {
  const start = (...args) => {
    const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...environment } });
    child.output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        child.output += text;
      });
    }
    child.ended = new Promise((resolve) => child.once('close', resolve));
    return child;
  };
  rmSync(out('cache'), { recursive: true, force: true });
  const plan = out('plan.yaml');
  writeFileSync(
    plan,
    "models: 'hf:org/series@step*'\nmeasure: {measures: [qk_ov_match], ranks: [5, 10, 15, 20]}\n",
  );
  const workers = Array.from({ length: count }, () => start('worker', '--redis', redis, '--jobs', '1'));
  // A worker says nothing before it has work; it has loaded its code by then.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const started = performance.now();
  const follower = start('sweep', plan, '--out', out(`swept by ${count}`), '--redis', redis, '--quiet');
  const status = await follower.ended;
  const wall = (performance.now() - started) / 1000;
  for (const worker of workers) worker.kill('SIGTERM');
  await Promise.all(workers.map(({ ended }) => ended));
  if (status !== 0) throw new Error(`the sweep failed: ${follower.output}`);
  return wall;
}

/**
 * How much more this machine does when two processes work at once, which share nothing but its caches and its memory: what a
 * second worker can bring at most.
 */
async function ceiling(path) {
  const work = (name) =>
    new Promise((resolve, reject) => {
      const args = measure(
        path,
        name,
        '--measures',
        'qk_ov_match,k_composition',
        '--ranks',
        '5,10',
        '--jobs',
        '1',
      );
      spawn(process.execPath, args).once('close', (status) =>
        status === 0 ? resolve() : reject(new Error(name)),
      );
    });
  const wall = async (names) => {
    const started = performance.now();
    await Promise.all(names.map(work));
    return performance.now() - started;
  };
  const [one, two] = [[], []];
  for (let round = 0; round < rounds; round++) {
    one.push({ wall: await wall(['alone']) });
    two.push({ wall: await wall(['left', 'right']) });
  }
  return (2 * median(one, 'wall')) / median(two, 'wall');
}

/** Two workers beside one; undefined without a Redis. */
async function besideOneWorker(environment) {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const socket = out('redis.sock');
  const server = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''],
    {
      stdio: 'ignore',
    },
  );
  try {
    await until(() => existsSync(socket));
    const one = await withWorkers(1, socket, environment);
    const two = await withWorkers(2, socket, environment);
    const [a, b] = [1, 2].map((count) => readFileSync(join(out(`swept by ${count}`), 'measures.parquet')));
    if (!a.equals(b)) throw new Error('one worker and two made different tables');
    return { one, two };
  } finally {
    server.kill('SIGTERM');
  }
}

const gpt2 = makeGpt2();
const steps = Object.fromEntries(Array.from({ length: revisions }, (_, step) => [`step${step}`, gpt2]));
const server = await startServer({
  'org/llama': { revisions: { main: llama } },
  'org/gpt2': { revisions: { main: gpt2 } },
  'org/series': { revisions: steps },
});
try {
  const environment = { HF_ENDPOINT: server.url, BRIDGESCOPE_CACHE: out('cache'), HF_TOKEN: '' };
  const { hub, disk } = besideDisk(environment);
  const again = measureProcess(process.execPath, measure('hf:org/llama', 'hub'), environment);
  await server.sent();
  const fetched = measureProcess(
    process.execPath,
    measure('hf:org/gpt2', 'gpt2', '--measures', 'qk_ov_match'),
    environment,
  );
  const sent = await server.sent();
  const needed = attentionBytes(gpt2);
  const local = measureProcess(
    process.execPath,
    measure(gpt2, 'gpt2', '--measures', 'qk_ov_match'),
    environment,
  );
  const workers = await besideOneWorker(environment);
  const most = await ceiling(gpt2);
  const [cpuHub, cpuDisk] = [median(hub, 'cpu'), median(disk, 'cpu')];
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const parts = [
    '# Reading from the Hub',
    `${machine()} ${rounds === 1 ? 'One call of each' : `Medians of ${rounds} calls`}. The Hub is a local server in a process of its own, whose time is not counted; large files come from another host by redirect, as they do there. Start of the process included. Tables are compared byte for byte.`,
    table(
      ['all measures of every pair of heads', 'CPU s', 'wall s'],
      [
        ['`examples/small_llama`, from the disk', seconds(cpuDisk), seconds(median(disk, 'wall'))],
        ['the same from the Hub, nothing in the cache', seconds(cpuHub), seconds(median(hub, 'wall'))],
        ['once more', seconds(again.cpu), seconds(again.wall)],
        [`GPT-2's shape, match, from the disk`, seconds(local.cpu), seconds(local.wall)],
        ['the same from the Hub, nothing in the cache', seconds(fetched.cpu), seconds(fetched.wall)],
      ],
    ),
    `CPU from the Hub beside the disk: ${atMost(cpuHub / cpuDisk, 1.2, '×')}.`,
    `Attention of GPT-2's shape: ${megabytes(sent)} MB came, its weights are ${megabytes(needed)} MB of the file's ${megabytes(statSync(join(gpt2, 'model.safetensors')).size)} MB; beyond them ${atMost((100 * (sent - needed)) / needed, 2, ' %')}.`,
    workers === undefined
      ? 'Workers: not measured, since there is no redis-server on this machine.'
      : `${revisions} revisions of GPT-2's shape, match and K-composition of all pairs, over Redis: one worker ${workers.one.toFixed(1)} s, two ${workers.two.toFixed(1)} s, each fetched from the server, which runs on the same two cores: ${atLeast(workers.one / workers.two, 1.8, '×', 2)}. Two processes that measure the same file from the disk at once, and share nothing, do ${most.toFixed(2)}× as much as one on this machine.`,
  ];
  writeResults('hub', `${parts.join('\n\n')}\n`);
} finally {
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}
