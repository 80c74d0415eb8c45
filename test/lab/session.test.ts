import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { readZip } from '../../src/checkpoint/zip-read.js';
import { bytesInMemory } from '../../src/files/byte-source.js';
import { zipRun } from '../../src/lab/archive.js';
import type { LabEvent } from '../../src/lab/events.js';
import { LabRecord } from '../../src/lab/lab-record.js';
import { createLabSession, type Session } from '../../src/lab/session.js';
import { usualPlan } from '../../src/measures/usual-choice.js';
import type { RunConfig } from '../../src/run/config.js';
import { openRun } from '../../src/run/folder.js';
import { measureRuns } from '../../src/series/measure-runs.js';
import { rowsOf } from '../../src/series/table.js';
import { type TrainOptions, trainRun } from '../../src/train/train-run.js';
import { filesOf } from '../train/files-of.js';
import { tinyConfig } from '../train/tiny-config.js';

const configs: Record<string, Partial<RunConfig>> = {
  'an infinite pool': {},
  'a small pool, another seed': { pool_size: 5, seed: 1, distr: 'zipf' },
  'four heads, a feed-forward and early saves': {
    num_heads: 4,
    mlp: true,
    ff_dim: 12,
    up_to_first_save: true,
    num_layers: 3,
  },
  'learned positions, smoothed labels, a cosine schedule': {
    pos: null,
    label_smoothing: true,
    schedule: 'cosine',
    output_norm: true,
  },
  'one layer, simple repetition': { num_layers: 1, regime: 'simple repetition', ood_len_pattern: 8 },
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-lab-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function begin(options: Partial<RunConfig>, onProgress?: (session: Session) => void) {
  const record = new LabRecord();
  const events: LabEvent[] = [];
  const session = await createLabSession({
    config: tinyConfig(options),
    version: '0',
    sha256,
    yieldThread: () => setImmediate(),
    post: (event) => {
      events.push(event);
      record.take(event);
      if (event.kind === 'progress') onProgress?.(session);
    },
  });
  return { session, record, events };
}

async function trainFolder(name: string, options: Partial<RunConfig>, how: Partial<TrainOptions> = {}) {
  const out = join(scratch, name);
  await trainRun({
    ...{ out, config: tinyConfig(options), ifThere: 'overwrite', evalEvery: null, jobs: 1, fast: false },
    ...{ formats: ['pt'], version: '0', ...how },
  });
  return filesOf(out);
}

const shown = (files: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries(
    [...files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
  );

const unzipped = (archive: Uint8Array, folder: string) => {
  const zip = readZip(bytesInMemory(archive, 'run.zip'), nodeCodec);
  return new Map([...zip.names].map((name) => [name.slice(folder.length + 1), zip.read(name)]));
};

describe.each(Object.entries(configs))('a session with %s', (_, options) => {
  let expected: Record<string, string>;
  beforeAll(async () => {
    expected = await trainFolder('whole', options);
  });

  it('leaves the bytes of the folder that train writes', async () => {
    const { session, record } = await begin(options);
    await session.run();
    expect(shown(record.files)).toEqual(expected);
  });

  it('leaves the same bytes however it is paused and stepped', async () => {
    let left = 4;
    const { session, record, events } = await begin(options, (running) => {
      if (left-- > 0) running.pause();
    });
    const ended = () => events.filter(({ kind }) => kind === 'paused' || kind === 'finished');
    await session.run(1);
    expect(ended()).toEqual([{ kind: 'paused', step: 1 }]);
    await session.run(3);
    for (let calls = 0; ended().at(-1)?.kind !== 'finished'; calls++) {
      expect(calls).toBeLessThan(90);
      await session.run(calls % 3 === 0 ? undefined : calls);
    }
    expect(shown(record.files)).toEqual(expected);
  });

  it('measures what measure measures of its folder', async () => {
    const { session, record } = await begin(options);
    await session.run();
    const folder = join(scratch, 'lab');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    for (const [name, bytes] of record.files) writeFileSync(join(folder, name), bytes);
    const { ranks, relPos } = usualPlan(tinyConfig(options));
    const { table, skipped } = await measureRuns([openRun(folder)], {
      ...{ ranks, relPos, steps: () => true, jobs: 1, architecture: {} },
    });
    expect(skipped).toEqual([]);
    expect([...rowsOf(record.table('lab'))]).toEqual([...rowsOf(table)]);
  });
});

describe('a session', () => {
  it('does as many steps as it is asked for', async () => {
    const { session, events } = await begin({});
    for (const steps of [1, 1, 7, 2]) await session.run(steps);
    expect(
      events.filter(({ kind }) => kind === 'paused').map((event) => 'step' in event && event.step),
    ).toEqual([1, 2, 9, 11]);
  });

  it('leaves a folder that train resumes to the same bytes', async () => {
    const { session, record } = await begin({});
    await session.run(13);
    const folder = join(scratch, 'resumed');
    mkdirSync(folder);
    for (const [name, bytes] of record.files) writeFileSync(join(folder, name), bytes);
    expect(await trainFolder('resumed', {}, { ifThere: 'resume' })).toEqual(await trainFolder('whole', {}));
  });

  it('ends with what is wrong when the loss is no number, and keeps what was sound', async () => {
    const { session, record } = await begin({ lr: 1e30 });
    await expect(session.run()).rejects.toThrow(/diverged.*that of step 0 in this page; try a smaller lr/);
    expect(record.steps).toEqual([0]);
    expect(record.files.has('ckpt_0.pt')).toBe(true);
  });

  it('refuses what cannot be trained, or kept in a page', async () => {
    await expect(begin({ num_heads: 3 })).rejects.toThrow(/option num_heads: 3 heads do not divide/);
    await expect(begin({ d_model: 1024, num_layers: 8, n_save: 30 })).rejects.toThrow(
      /option n_save: 32 checkpoints take \d+ MB, and a page keeps 256 MB/,
    );
    await expect(begin({ sample_size_test: 1_000_000 })).rejects.toThrow(
      /option sample_size_test: .*up to 100000/,
    );
  });
});

describe('the archive of a run', () => {
  it('holds the files that train writes, in either format', async () => {
    const { session, record } = await begin({});
    await session.run();
    for (const format of ['pt', 'safetensors'] as const) {
      const archive = zipRun(record.files, 'mine', format, sha256);
      expect(shown(unzipped(archive, 'mine'))).toEqual(await trainFolder(format, {}, { formats: [format] }));
    }
  });
});
