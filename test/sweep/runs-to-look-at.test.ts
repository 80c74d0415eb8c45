import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsToLookAt, runsToMeasure } from '../../src/sweep/runs-to-look-at.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgescope runs '));
  for (const file of [
    ...[
      'runs/a/ckpt_0.pt',
      'runs/b/config.json',
      'runs/b/test.pth',
      'runs/notes/readme.txt',
      'runs/list.txt',
    ],
    ...['sweep/plan.yaml', 'sweep/runs/x/ckpt.pt', 'sweep/runs/x/measures.parquet'],
    ...['table-only/plan.yaml', 'table-only/measures.parquet', 'table-only/runs/x/measures.parquet'],
    ...['new/plan.yaml', 'models/step1/config.json', 'models/step1/model.safetensors'],
  ]) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]) => names.map((name) => join(folder, name));

describe('a folder of run folders', () => {
  it('stands for its runs, those that training has only begun too', () => {
    expect(runsToMeasure(at('runs'))).toEqual(at('runs/a', 'runs/b'));
    expect(runsToLookAt(at('runs'))).toEqual(at('runs/a', 'runs/b'));
  });

  it.each(['runs/a', 'models', 'runs/notes', 'nowhere', 'runs/list.txt'])(
    'is not what %s is, which stands for itself',
    (name) => {
      expect(runsToMeasure(at(name))).toEqual(at(name));
      expect(runsToLookAt(at(name))).toEqual(at(name));
    },
  );
});

describe('the folder of a sweep', () => {
  it('stands for its finished runs, or for their tables where these are to be looked at', () => {
    expect(runsToMeasure(at('sweep'))).toEqual(at('sweep/runs/x'));
    expect(runsToLookAt(at('sweep'))).toEqual(at('sweep/runs/x/measures.parquet'));
  });

  it('cannot be measured where it keeps no checkpoints, or has no run yet', () => {
    expect(() => runsToMeasure(at('table-only'))).toThrow(
      /keeps no checkpoints to measure; its runs are measured already, in .*table-only\/measures\.parquet/,
    );
    expect(() => runsToMeasure(at('new'))).toThrow(/has finished no run yet/);
  });
});
