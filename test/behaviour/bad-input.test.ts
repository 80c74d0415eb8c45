import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMemory, memoryOfRun } from '../../src/behaviour/check-memory.js';
import { kernelForward } from '../../src/forward/kernel-forward.js';
import { openModel } from '../../src/run/open-model.js';
import { goldenModelPath } from '../model/families/golden-models.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bad input '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a shard that goes away while it is read', () => {
  const opened = (name: string) => {
    const path = join(folder, name);
    cpSync(goldenModelPath('llama'), path, { recursive: true });
    const model = openModel(path);
    return { shard: join(path, 'model-00002-of-00002.safetensors'), weights: model.open(model.steps[0]!) };
  };
  const run = (weights: ReturnType<typeof opened>['weights']) =>
    kernelForward(weights, { tokens: Int32Array.of(1, 2, 3), length: 3 });

  it('is named when it was removed', () => {
    const { shard, weights } = opened('removed');
    rmSync(shard);
    expect(() => run(weights)).toThrow(/model-00002-of-00002\.safetensors.*cannot be read/);
  });

  it('is named when it was cut off', () => {
    const { shard, weights } = opened('cut');
    truncateSync(shard, 4000);
    expect(() => run(weights)).toThrow(/model-00002-of-00002\.safetensors/);
  });
});

describe('memory that does not suffice', () => {
  const { architecture } = openModel(goldenModelPath('llama'));
  const plan = { sequences: 50, length: 50, threads: 4, shared: true, attention: 'layer' } as const;

  it('is said before, with what would', () => {
    const one = memoryOfRun(architecture, { ...plan, threads: 1 });
    expect(() => checkMemory(architecture, plan, 'model', one)).toThrow(
      /^model: running it on 50 sequences of 50 tokens needs about \d+ MiB of memory, \d+ MiB are free; \d+ MiB suffice for --jobs 1$/,
    );
    expect(() => checkMemory(architecture, plan, 'model', one - 1)).toThrow(
      /suffice for one sequence at a time/,
    );
    expect(() => checkMemory(architecture, plan, 'model', 1000)).toThrow(
      /give shorter sequences, or run it on/,
    );
    expect(() => checkMemory(architecture, plan, 'model', 4 * one)).not.toThrow();
  });
});
