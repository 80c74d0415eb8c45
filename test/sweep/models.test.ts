import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/series/table.js';
import { parseModelsPlan } from '../../src/sweep/models-plan.js';
import { checkpointHash } from '../../src/sweep/planned-checkpoint.js';
import { checkOrder } from '../../src/sweep/queue.js';
import { openTable } from '../../src/tables/save.js';
import { ended, program } from '../cli/run.js';
import { type HubServer, startHub } from '../hub/hub-server.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';
import { until } from './tiny-sweep.js';

const root = new URL('../../', import.meta.url).pathname;
const neox = join(root, 'test/golden/models/gpt_neox');
const llama = join(root, 'test/golden/models/llama');
const steps = [0, 1, 4, 16];

describe('a plan over models', () => {
  let folder: string;
  let hub: HubServer;
  let redis: RedisServer | undefined;
  let plan: string;
  const running = new Set<ChildProcess>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope models '));
    const revisions = Object.fromEntries(steps.map((step) => [`step${step}`, neox]));
    hub = await startHub({ 'org/neox': { revisions } });
    plan = join(folder, 'plan.yaml');
    writeFileSync(
      plan,
      `models: ['hf:org/neox@step*', 'tiny=${llama}']
do: [measure, heads, intervene]
measure: {measures: [qk_ov_match, k_composition, copying_score], ranks: [2], rel_pos: [-1]}
intervene: {remove: each}
`,
    );
    expect((await run('sweep', plan, '--out', join(folder, 'whole'), '--quiet')).status).toBe(0);
  });
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    hub.fault = () => undefined;
    await redis?.stop();
    redis = undefined;
  });
  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });

  const start = (args: readonly string[], cache = 'cache') => {
    const env = {
      ...process.env,
      HF_ENDPOINT: hub.url,
      BRIDGESCOPE_CACHE: join(folder, cache),
      HF_TOKEN: '',
    };
    const child = spawn(process.execPath, [program, ...args], { env });
    running.add(child);
    return child;
  };
  const run = (...args: string[]) => ended(start(args));
  /** Tables of all, and of each checkpoint, as bytes. */
  const tables = (out: string) =>
    Object.fromEntries(
      [out, ...readdirSync(join(folder, out, 'runs')).map((name) => join(out, 'runs', name))].flatMap(
        (place) =>
          ['measures.parquet', 'interventions.parquet'].map((name) => [
            join(place, name).slice(out.length),
            readFileSync(join(folder, place, name)).toString('base64'),
          ]),
      ),
    );

  it('has the rows of the commands that measure, run and edit the whole series', async () => {
    const out = join(folder, 'commands');
    const series = join(folder, 'series');
    for (const step of steps) mkdirSync(join(series, `step${step}`), { recursive: true });
    for (const step of steps) {
      for (const name of ['config.json', 'model.safetensors'])
        writeFileSync(join(series, `step${step}`, name), readFileSync(join(neox, name)));
    }
    const models = [`neox=${series}`, `tiny=${llama}`];
    const measures = [
      '--measures',
      'qk_ov_match,k_composition,copying_score',
      '--ranks',
      '2',
      '--rel-pos=-1',
    ];
    const common = ['--out', out, '--no-figures', '--quiet'];
    expect((await run('measure', ...models, ...measures, ...common)).status).toBe(0);
    for (const model of models) expect((await run('heads', model, ...common, '--no-circuit')).status).toBe(0);
    const asRows = async (place: string) => {
      const { table } = await openTable(join(place, 'measures.parquet'));
      return [...rowsOf(table)].map((row) => JSON.stringify(row)).sort();
    };
    expect(await asRows(join(folder, 'whole'))).toEqual(await asRows(out));
    const edited = await run('intervene', ...models, '--remove', 'each', '--draws', '0', ...common);
    expect(edited.status).toBe(0);
    expect(
      readFileSync(join(folder, 'whole/interventions.parquet')).equals(
        readFileSync(join(out, 'interventions.parquet')),
      ),
    ).toBe(true);
  });

  it('has the same bytes in shards, and where it was killed at any moment', async () => {
    for (const shard of ['2/2', '1/2']) {
      const { status } = await run(
        'sweep',
        plan,
        '--out',
        join(folder, 'shards'),
        '--shard',
        shard,
        '--jobs',
        '1',
        '--quiet',
      );
      expect(status).toBe(0);
    }
    expect(tables('shards')).toEqual(tables('whole'));
    // What the cache of the first has is not there: weights come slowly, and the process dies over them.
    hub.fault = ({ host }) => (host === 'storage' ? { pause: 1 } : undefined);
    const done = () =>
      readdirSync(folder).includes('killed') && readdirSync(join(folder, 'killed')).includes('runs');
    const child = start(['sweep', plan, '--out', join(folder, 'killed'), '--quiet'], 'another cache');
    await until(done);
    child.kill('SIGKILL');
    await ended(child);
    hub.fault = () => undefined;
    const before = readdirSync(join(folder, 'killed/runs')).length;
    expect(before).toBeLessThan(steps.length + 1);
    const { status, stderr } = await ended(
      start(['sweep', plan, '--out', join(folder, 'killed')], 'another cache'),
    );
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining(`note: ${before} of 5 runs are done already`),
    ]);
    expect(tables('killed')).toEqual(tables('whole'));
  });

  it.skipIf(!hasRedis)('is shared by workers over Redis, of which one dies', async () => {
    redis = await startRedis(join(folder, 'redis'));
    const { url } = redis;
    hub.fault = ({ host }) => (host === 'storage' ? { pause: 1 } : undefined);
    const follower = ended(
      start(['sweep', plan, '--out', join(folder, 'queued'), '--redis', url, '--quiet']),
    );
    const options = ['--redis', url, '--takeover', '3', '--jobs', '1'];
    const victim = start(['worker', ...options], 'cache of one');
    let output = '';
    victim.stderr.on('data', (text) => {
      output += text;
    });
    await until(() => output.includes(': begun'));
    victim.kill('SIGKILL');
    hub.fault = () => undefined;
    const others = ['two', 'three'].map((name) => start(['worker', ...options], `cache of ${name}`));
    expect(await follower).toMatchObject({ status: 0 });
    for (const other of others) {
      other.kill('SIGTERM');
      await ended(other);
    }
    expect(tables('queued')).toEqual(tables('whole'));
  });

  it('is shown as one table', async () => {
    const drawn = await run('plot', join(folder, 'whole'), '--out', join(folder, 'figures'), '--quiet');
    expect(drawn).toMatchObject({ status: 0 });
    expect(drawn.stdout).toContain('heads_neox');
    const dry = await run('sweep', plan, '--dry-run');
    expect(dry.stdout).toContain(
      'plan.yaml: 5 checkpoints of 2 models\n  each          measure, heads, intervene\n',
    );
    expect(dry.stdout).toContain('\n  neox-step16\n  tiny\n');
  });

  it('is drawn where it edits alone, and says that its table is to come', async () => {
    const edits = join(folder, 'edits.yaml');
    writeFileSync(edits, `models: ${llama}\ndo: intervene\n`);
    const out = join(folder, 'edits');
    expect((await run('sweep', edits, '--out', out, '--quiet')).status).toBe(0);
    const drawn = await run('plot', out, '--out', join(folder, 'edited'), '--quiet');
    expect(drawn).toMatchObject({ status: 0, stderr: '' });
    expect(drawn.stdout).toContain(join(folder, 'edited'));
    rmSync(join(out, 'measures.parquet'));
    const early = await run('plot', out, '--out', join(folder, 'edited'), '--quiet');
    expect(early.stderr).toContain('this sweep has no table yet; it is made when bridgescope sweep ends');
    expect(early.status).toBe(1);
  });

  it('says of a checkpoint that cannot be had which it is, and does the others', async () => {
    const lost = join(folder, 'lost.yaml');
    writeFileSync(lost, "models: 'hf:org/neox@step*'\nmeasure: {measures: [qk_ov_match]}\n");
    const commit = hub.commitOf('org/neox', 'step4');
    hub.fault = ({ path }) => (path.includes(`/${commit}`) ? { status: 404 } : undefined);
    const out = join(folder, 'lost');
    const { status, stderr, stdout } = await ended(
      start(['sweep', lost, '--out', out, '--quiet'], 'empty cache'),
    );
    expect(status).toBe(3);
    expect(stderr).toContain('failed: neox-step4: hf:org/neox: there is no such model');
    expect(stdout).toContain('3 runs');
    hub.fault = () => undefined;
    const again = await ended(start(['sweep', lost, '--out', out, '--quiet'], 'empty cache'));
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('4 runs') });
  });
});

describe('a plan over models in YAML', () => {
  const parse = (found: object) => parseModelsPlan({ models: 'a', ...found }, '/plans/plan.yaml');

  it('takes paths from the folder of the plan on, and names of the Hub', () => {
    const models = ['../a', 'b', '/c', 'hf:a/b@step*', 'x=hf:a/b'];
    expect(parse({ models }).models).toEqual(['/a', '/plans/b', '/c', 'hf:a/b@step*', 'x=hf:a/b']);
    expect(parse({}).work).toEqual({
      measure: { measures: null, ranks: null, rel_pos: [0], fold_norm: false, pairs: null },
      heads: null,
      intervene: null,
    });
  });

  it.each([
    [{ models: [] }, 'models: expected paths and names such as'],
    [{ models: [3] }, 'models: expected paths and names such as'],
    [{ base: 'infinite' }, 'no key "base" beside models; a plan trains runs, or works on models'],
    [{ mesure: {} }, 'no key "mesure" beside models; did you mean measure? (there are'],
    [{ do: ['train'] }, 'do: expected some of measure, heads, intervene, found "train"'],
    [{ do: [] }, 'do: expected some of'],
    [{ heads: {} }, 'heads: is not among what is done (do: [measure]); add it there'],
    [{ measure: { measures: ['qk_ov'] } }, 'measure.measures: "qk_ov" is not one of'],
    [{ measure: { rank: 3 } }, 'measure: no option "rank"; did you mean ranks? (there are'],
    [{ measure: { fold_norm: 'yes' } }, 'measure.fold_norm: expected true or false'],
    [{ measure: { pairs: 'best' } }, 'expected all, top:N'],
    [{ measure: 3 }, 'measure: expected options such as measures'],
    [{ do: 'heads', heads: { seed: -1 } }, 'heads.seed: expected a whole number from 0'],
    [{ do: 'intervene', intervene: { remove: 'induction:3' } }, 'chooses other heads at each checkpoint'],
    [{ do: 'intervene', intervene: { remove: 3 } }, 'intervene.remove: expected each or heads'],
    [{ steps: 'x' }, 'steps'],
  ])('refuses %j', (found, message) => {
    expect(() => parse(found)).toThrow(message);
  });
});

describe('a checkpoint from the queue', () => {
  const work = {
    measure: { measures: null, ranks: [5], rel_pos: [0], fold_norm: false, pairs: null },
    heads: null,
    intervene: null,
  };
  const parts = { name: 'a', step: 3, source: 'hf:a/b@c', work };
  const order = {
    ...{ kind: 'checkpoint', folder: '/x', setting: 'a-step3', version: '1', threads: 1 },
    ...parts,
    hash: checkpointHash(parts),
  };

  it('is taken as it was put there, and refused when it was changed', () => {
    expect(checkOrder(order)).toEqual(order);
    expect(() => checkOrder({ ...order, source: 'hf:a/other' })).toThrow('does not have the hash');
    for (const wrong of [
      { source: '../a' },
      { setting: '../a' },
      { kind: 'program' },
      { work: { ...work, shell: 'rm' } },
      { step: -1 },
    ]) {
      expect(() => checkOrder({ ...order, ...wrong })).toThrow('holds what is no run of a sweep');
    }
  });
});
