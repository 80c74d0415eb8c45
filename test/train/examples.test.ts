import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/cli/version.js';
import { parseConfig, type RunConfig } from '../../src/run/config.js';
import { trainRun } from '../../src/train/train-run.js';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

function configOf(name: string): RunConfig {
  const path = join(examples, name, 'config.json');
  return parseConfig(readFileSync(path, 'utf8'), path).config;
}

describe('the example runs', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'bridgescope-examples-'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('differ in the size of their pool alone', () => {
    expect(configOf('small_pool')).toEqual({ ...configOf('small_run'), pool_size: 30 });
  });

  it.each(['small_run', 'small_pool'])(
    '%s has the bytes that train makes of its config',
    async (name) => {
      const out = join(scratch, name);
      await trainRun({
        ...{ out, config: configOf(name), ifThere: 'refuse', evalEvery: null, jobs: 1, fast: false },
        ...{ formats: ['pt'], version },
      });
      for (const file of readdirSync(join(examples, name))) {
        const isEqual = readFileSync(join(examples, name, file)).equals(readFileSync(join(out, file)));
        expect(isEqual, file).toBe(true);
      }
    },
    120_000,
  );
});
