import { spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidencePage } from '../../src/evidence/page.js';
import { checkClaims } from '../../src/stats/claims.js';
import { studyRuns } from '../../src/stats/study.js';
import { verdictsOf } from '../../src/stats/verdict.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { saveTable } from '../../src/tables/save.js';
import { bridgescope, program, smallRun } from '../cli/run.js';
import { type MadeUpRun, someRuns } from '../stats/some-runs.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evi dence '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const madeUp: MadeUpRun[] = [16, 64, 128, 256, 512, 1024, null].flatMap((poolSize) =>
  [1, 2, 3, 4].map((seed) => ({
    setting: `pool_size_${poolSize}-seed_${seed}`,
    ...{ poolSize, seed, every: 1000 },
    oodStep: poolSize === null || poolSize > 100 + 50 * seed ? 3000 + 100 * seed : null,
    idStep: 1000,
  })),
);

/** A folder as `sweep` leaves it: one table of all runs, or one a run. */
function sweepFolder(name: string, whole: boolean): string {
  const path = join(folder, name);
  const save = (runs: readonly MadeUpRun[], into: string) => {
    const { table, configs } = someRuns(runs);
    const records = [...configs].map(([setting, config]) => [setting, { config, checkpoints: {} }]);
    saveTable(table, tableMetadata('test', Object.fromEntries(records)), into, ['parquet']);
  };
  if (whole) save(madeUp, path);
  else for (const run of madeUp) save([run], join(path, 'runs', run.setting));
  return path;
}

interface Found {
  verdicts: { id: string; outcome: string; value: number; low: number; high: number; runs: number }[];
  thresholds: { pool_size: number; low: number; high: number }[];
  runs: { setting: string; ood: { source: string; step: number | null } }[];
}

describe('bridgescope evidence', () => {
  it.runIf(existsSync('/dev/full'))('fails where the disk takes no JSON', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(
      process.execPath,
      [program, 'evidence', sweepFolder('to a full disk', true), '--json', '--quiet'],
      { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' },
    );
    closeSync(full);
    expect(stderr).toMatch(/^bridgescope: standard output: cannot be written: the disk is full/);
    expect(status).toBe(1);
  });

  it('says of a sweep what was put into it', async () => {
    const page = join(folder, 'page.html');
    const { status, stdout } = await bridgescope(
      'evidence',
      sweepFolder('whole', true),
      '--json',
      '--out',
      page,
    );
    expect(status).toBe(0);
    const found: Found = JSON.parse(stdout);
    expect(found.runs.length).toBe(28);
    const outcomes = new Map(found.verdicts.map(({ id, outcome }) => [id, outcome]));
    expect(outcomes.get('large_pools_generalise')).toBe('held');
    expect(outcomes.get('small_pools_do_not_generalise')).toBe('held');
    expect(outcomes.get('boundary_between_small_and_large')).toBe('held');
    expect(outcomes.get('memorising_comes_first')).toBe('held');
    expect(outcomes.get('match_rises_with_the_drop')).toBe('held');
    expect(outcomes.get('one_layer_never_copies')).toBe('not enough runs');
    const [threshold] = found.thresholds;
    expect(threshold!.pool_size).toBeGreaterThan(64);
    expect(threshold!.pool_size).toBeLessThan(512);
    const html = readFileSync(page, 'utf8');
    expect(html.match(/<figure/g)!.length).toBe(4);
    expect(html).not.toMatch(/<script|https?:\/\/(?!arxiv\.org|www\.w3\.org)/);
  });

  it('says the same of tables that lie with their runs', async () => {
    const [whole, apart] = await Promise.all([
      bridgescope('evidence', sweepFolder('whole', true), '--json'),
      bridgescope('evidence', sweepFolder('apart', false), '--json'),
    ]);
    const sorted = ({ runs }: Found) => runs.map(({ setting }) => setting).sort();
    expect(sorted(JSON.parse(apart.stdout))).toEqual(sorted(JSON.parse(whole.stdout)));
    const verdicts = ({ stdout }: { stdout: string }) =>
      JSON.parse(stdout).verdicts.map(({ settings: _order, ...rest }: { settings: string[] }) => rest);
    expect(verdicts(apart)).toEqual(verdicts(whole));
  });

  it('measures run folders, and evaluates checkpoints where copy_err is missing', async () => {
    const runs = join(folder, 'runs of my own');
    cpSync(smallRun, join(runs, 'small_run'), { recursive: true });
    const bare = join(runs, 'published');
    cpSync(smallRun, bare, { recursive: true });
    const errors: Record<string, number>[] = JSON.parse(readFileSync(join(bare, 'err_arr.json'), 'utf8'));
    const published = errors.map(({ copy_err_train, copy_err_test, copy_err_ood, ...rest }) => rest);
    writeFileSync(join(bare, 'err_arr.json'), JSON.stringify(published));
    mkdirSync(join(runs, 'something else'));
    const { status, stdout, stderr } = await bridgescope('evidence', runs, '--json');
    expect(stderr).not.toMatch(/skipped/);
    expect(status).toBe(0);
    const found: Found = JSON.parse(stdout);
    const [evaluated, own] = ['published', 'small_run'].map(
      (name) => found.runs.find(({ setting }) => setting === name)!.ood,
    );
    expect([evaluated!.source, own!.source]).toEqual(['checkpoints evaluated', 'copy_err']);
    // The checkpoints are as far apart as they are; the curve of the run itself is finer.
    if (own!.step !== null) expect(evaluated!.step! / own!.step).toBeCloseTo(1, 0);
    const floor = await bridgescope('evidence', bare, '--json', '--no-evaluate', '--quiet');
    expect(JSON.parse(floor.stdout).runs[0].ood.source).toBe('err above its floor');
  });

  it('prints verdicts for people, with claims of their own', async () => {
    const claims = join(folder, 'mine.yaml');
    writeFileSync(
      claims,
      '- {id: mine, claim: Pools of 16 generalise., where: nowhere, runs: {pool_size: 16}, statistic: final_ood_error, bound: {at_most: 0.5}}\n',
    );
    const { status, stdout } = await bridgescope('evidence', sweepFolder('whole', true), '--claims', claims);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^not enough runs {2}Pools of 16 generalise\.\n/);
    expect(stdout).toMatch(/0 held, 0 failed, 1 not enough runs\n$/);
  });

  it.each([
    ['a folder that is not there', ['nowhere'], 1, /no such file or folder/],
    ['an empty folder', ['.'], 1, /no runs found/],
    ['claims that are none', ['.', '--claims', 'bad.yaml'], 2, /bad\.yaml: expected a list of claims/],
    ['claims that are missing', ['.', '--claims', 'none.yaml'], 2, /none\.yaml: no such file/],
    ['a rank that is none', ['.', '--rank', 'x'], 2, /--rank: expected a whole number/],
  ])('says what is wrong with %s', async (_what, [dir, ...flags], expected, message) => {
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(folder, 'bad.yaml'), 'a: 1\n');
    const args = flags.map((flag) => (flag.endsWith('.yaml') ? join(folder, flag) : flag));
    const { status, stderr } = await bridgescope(
      'evidence',
      dir === '.' ? empty : join(folder, dir!),
      ...args,
    );
    expect(status).toBe(expected);
    expect(stderr.trim().split('\n').length).toBe(1);
    expect(stderr).toMatch(message);
  });
});

describe('bridgescope plot over runs', () => {
  const names = ['lead_lag.svg', 'match_against_error.svg', 'phase_picture.svg', 'threshold.svg'];

  it('draws them for a folder of runs, and nothing else', async () => {
    const out = join(folder, 'from folder');
    const { status, stdout } = await bridgescope(
      ...['plot', sweepFolder('apart', false), '--out', out, '--figures', 'svg'],
    );
    expect(status).toBe(0);
    expect(stdout).toBe(`${join(out, 'over_runs')}  4 figures\n`);
    expect(readdirSync(out)).toEqual(['over_runs']);
    expect(readdirSync(join(out, 'over_runs')).sort()).toEqual(names);
  });

  it('draws the same for a table, beside the figures of its runs', async () => {
    const out = join(folder, 'from table');
    const table = join(sweepFolder('whole', true), 'measures.parquet');
    const { status } = await bridgescope(
      ...['plot', table, '--out', out, '--figures', 'svg', '--ranks', '10', '--quiet'],
    );
    expect(status).toBe(0);
    expect(readdirSync(out).length).toBe(1 + madeUp.length);
    for (const name of names) {
      const [one, other] = ['from folder', 'from table'].map((from) =>
        readFileSync(join(folder, from, 'over_runs', name), 'utf8'),
      );
      expect(one).toBe(other);
    }
  });
});

describe('the page', () => {
  it('shows names from files as text', () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    const { table, configs } = someRuns([
      { setting: evil, oodStep: 3000, every: 1000 },
      { setting: `${evil} 2`, poolSize: 3, oodStep: null, every: 1000 },
    ]);
    const runs = studyRuns(table, configs);
    const claims = checkClaims(
      [
        {
          ...{ id: 'evil', claim: evil, where: evil, reason: evil, statistic: 'generalising_share' },
          runs: { pos: evil },
          bound: { at_least: 0.5 },
        },
      ],
      'test',
    );
    const verdicts = verdictsOf(claims, runs);
    const html = evidencePage({ version: '0', source: evil, verdicts, runs, notes: [evil] });
    expect(html).not.toContain('<img');
    expect(
      html.match(/&#60;img src=x onerror=alert\(1\)&#62;&#34;&#39;&#38;/g)!.length,
    ).toBeGreaterThanOrEqual(7);
  });
});
