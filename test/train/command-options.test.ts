import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experimentOptions, optionsFromFlags, readConfigFile } from '../../src/cli/train-options.js';
import { UsageError } from '../../src/errors.js';
import { optionNames } from '../../src/run/config.js';

describe('optionsFromFlags', () => {
  it('has an option for every published one', () => {
    const names = experimentOptions().map(({ long }) => long);
    for (const name of optionNames) expect(names).toContain(`--${name}`);
  });

  it('reads numbers, switches, names and nulls', () => {
    expect(
      optionsFromFlags({
        lr: '3e-4',
        num_layers: '4',
        mlp: true,
        norm: 'false',
        pool_size: 'null',
        pos: 'null',
        distr: 'zipf',
        out: 'somewhere',
      }),
    ).toEqual({ lr: 3e-4, num_layers: 4, mlp: true, norm: false, pool_size: null, pos: null, distr: 'zipf' });
  });

  it.each([{ lr: 'fast' }, { norm: 'no' }, { pool_size: 'infinite' }, { num_epoch: '' }])(
    'refuses %j',
    (flags) => {
      expect(() => optionsFromFlags(flags)).toThrow(UsageError);
    },
  );
});

describe('readConfigFile', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('reads YAML and JSON, and keys of published configs that steer nothing', () => {
    expect(readConfigFile(file('a.yaml', 'vocab_size: 64\npool_size: null\n'))).toEqual({
      vocab_size: 64,
      pool_size: null,
    });
    expect(readConfigFile(file('a.json', '{"lr": 0.01, "device": "cuda"}'))).toEqual({
      lr: 0.01,
      device: 'cuda',
    });
  });

  it.each([
    ['num_layer: 2', /no option num_layer; did you mean num_layers/],
    ['num_layers: many', /option num_layers: .*found "many"/],
    ['- 1\n- 2', /expected options/],
    ['{"a": ', /not valid YAML: line 1: .*; correct it there$/],
  ])('refuses %j, naming the file', (text, message) => {
    const path = file('bad.yaml', text);
    expect(() => readConfigFile(path)).toThrow(message);
    expect(() => readConfigFile(path)).toThrow(path);
  });
});
