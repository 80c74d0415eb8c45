import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure } from '../../src/series/measure.js';
import type { Row } from '../../src/series/row.js';
import { rowsOf } from '../../src/series/table.js';
import { openTable } from '../../src/tables/save.js';
import { goldenModelPath, goldenModelValues } from '../model/families/golden-models.js';
import { bridgescope, goldenRuns, smallRun } from './run.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge scope '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface GoldenPair {
  readonly [relPos: string]: {
    readonly z_score: number;
    readonly k_composition: number;
    readonly q_composition: number;
    readonly match: Record<string, [largest: number, mean: number]>;
  };
}

function keyOf({ measure, of, rel_pos, rank, statistic }: Omit<Row, 'setting' | 'step' | 'value'>): string {
  return [measure, of, rel_pos, rank, statistic].join(' ');
}

/** What PyTorch and numpy made of one variant, by the keys of the table's rows. */
function expectedValues(name: string, variant: 'stored' | 'folded'): Map<string, number> {
  const golden = goldenModelValues(name);
  const values = new Map<string, number>();
  const put = (measure: string, of: string, value: number, key: Partial<Row> = {}) =>
    values.set(
      keyOf({ measure, of, rel_pos: null, rank: null, statistic: null, writer: null, reader: null, ...key }),
      value,
    );
  for (const [of, { v_composition, ...at }] of Object.entries(
    golden.pairs[variant] as Record<string, GoldenPair>,
  )) {
    put('v_composition', of, v_composition as unknown as number);
    for (const [relPos, { match, ...rest }] of Object.entries(at)) {
      const rel_pos = Number(relPos);
      for (const [measure, value] of Object.entries(rest)) put(measure, of, value, { rel_pos });
      for (const [rank, [largest, mean]] of Object.entries(match)) {
        put('qk_ov_match', of, largest, { rel_pos, rank: Number(rank), statistic: 'largest' });
        put('qk_ov_match', of, mean, { rel_pos, rank: Number(rank), statistic: 'mean' });
      }
    }
  }
  for (const [of, value] of Object.entries(golden.copying_score[variant] as Record<string, number>)) {
    put('copying_score', of, value);
  }
  return values;
}

describe('bridgescope measure of a model', () => {
  it.each([
    ['gpt2', 'stored'],
    ['gpt_neox_sequential', 'stored'],
    ['llama', 'folded'],
  ] as const)('writes what PyTorch says of %s, %s', async (name, variant) => {
    const out = join(folder, `golden ${name}`);
    const { status, stderr } = await bridgescope(
      ...['measure', goldenModelPath(name), '--out', out, '--format', 'json', '--no-figures'],
      ...['--ranks', '2,5,8', `--rel-pos=${name === 'gpt2' ? '0' : '0,-1,-9'}`, '--pairs', 'all'],
      ...(variant === 'folded' ? ['--fold-norm', '--quiet'] : ['--quiet']),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const rows = JSON.parse(readFileSync(join(out, 'measures.json'), 'utf8')) as Row[];
    const found = new Map(rows.map((row) => [keyOf(row), row]));
    const expected = expectedValues(name, variant);
    expect(expected.size).toBeGreaterThan(100);
    for (const [key, value] of expected) {
      const row = found.get(key);
      expect(row?.step, key).toBeNull();
      expect(Math.abs(row!.value! - value), key).toBeLessThan(1e-9);
    }
  });

  it('measures a series, and the same bytes with one worker and with two', async () => {
    const series = join(folder, 'series');
    for (const step of [10, 200]) {
      cpSync(goldenModelPath('gpt2'), join(series, `checkpoint-${step}`), { recursive: true });
    }
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    for (const [jobs, out] of [
      ['1', one],
      ['2', two],
    ] as const) {
      const { status } = await bridgescope('measure', series, '--out', out, '--jobs', jobs, '--no-figures');
      expect(status).toBe(0);
    }
    const [first, second] = [one, two].map((out) => readFileSync(join(out, 'measures.parquet')));
    expect(second!.equals(first!)).toBe(true);
    const { table, metadata } = await openTable(join(one, 'measures.parquet'));
    expect(metadata?.runs['series']?.model).toMatchObject({ family: 'gpt2', pairs: 'all', causal_pairs: 16 });
    const rows = [...rowsOf(table)].filter(({ of, measure }) => of === '0.1>1.2' && measure === 'z_score');
    expect(rows.map(({ step, statistic }) => [step, statistic])).toEqual([
      [10, null],
      [200, null],
      [10, 'p'],
      [200, 'p'],
      [10, 'q'],
      [200, 'q'],
    ]);
    expect(rows[0]).toMatchObject({ writer: '0.1', reader: '1.2', value: rows[1]!.value });
  });

  it('draws a model, and plot draws the same from the table and from the model itself', async () => {
    const out = join(folder, 'drawn');
    const measured = await bridgescope(
      ...['measure', goldenModelPath('gpt2'), '--out', out, '--figures', 'svg', '--quiet'],
    );
    expect(measured.status).toBe(0);
    const drawn = readdirSync(join(out, 'heads_gpt2')).sort();
    expect(drawn).toEqual(
      expect.arrayContaining([
        'atlas_k_composition_rel_pos_0.svg',
        'circuit_qk_ov_match_rank_5_method_mean_rel_pos_0.svg',
        'distribution_z_score_rel_pos_0.svg',
        'heads.svg',
      ]),
    );
    for (const source of [join(out, 'measures.parquet'), goldenModelPath('gpt2')]) {
      const again = mkdtempSync(join(folder, 'drawn again '));
      const plotted = await bridgescope('plot', source, '--out', again, '--figures', 'svg', '--quiet');
      expect(plotted.status).toBe(0);
      expect(readdirSync(join(again, 'heads_gpt2')).sort()).toEqual(drawn);
      for (const name of drawn) {
        const [first, second] = [out, again].map((at) => readFileSync(join(at, 'heads_gpt2', name), 'utf8'));
        expect(second === first, name).toBe(true);
      }
    }
  });

  it('measures a run and a model into one table', async () => {
    const out = join(folder, 'mixed');
    const { status } = await bridgescope(
      ...['measure', smallRun, goldenModelPath('gpt2'), '--out', out, '--steps', '0:2000:1000'],
      ...['--no-figures', '--quiet', '--measures', 'z_score'],
    );
    expect(status).toBe(0);
    const { table } = await openTable(join(out, 'measures.parquet'));
    expect(table.setting.values).toEqual(['small_run', 'gpt2']);
  });

  it('holds pairs of a run of several heads against chance, beside the rows of every run', async () => {
    const { table } = await measure(join(goldenRuns, 'four_layers_four_heads'), {
      jobs: 1,
      ranks: [5],
      measures: ['z_score', 'k_composition', 'copying_score'],
    });
    const rows = [...rowsOf(table)];
    expect(new Set(rows.map((row) => `${row.step} ${keyOf(row)}`)).size).toBe(rows.length);
    const z = rows.filter(({ measure, statistic }) => measure === 'z_score' && statistic === null);
    const k = rows.filter(({ measure, statistic }) => measure === 'k_composition' && statistic === 'q');
    expect(new Set(z.map(({ of }) => of)).size).toBe(96);
    expect(new Set(k.map(({ of }) => of)).size).toBe(96);
    expect(rows.some(({ measure }) => measure === 'copying_score')).toBe(true);
  });

  it('gives rows to the pairs that were asked for, and says where there are none such', async () => {
    const named = (pairs: string, out: string) =>
      bridgescope(
        ...['measure', goldenModelPath('gpt2'), '--out', join(folder, out), '--pairs', pairs],
        ...['--measures', 'z_score', '--no-figures', '--format', 'json'],
      );
    expect((await named('0.1,0.2>1.3', 'named')).status).toBe(0);
    const rows = JSON.parse(readFileSync(join(folder, 'named', 'measures.json'), 'utf8')) as Row[];
    const pairs = rows.filter(({ statistic, of }) => statistic === null && of !== null).map(({ of }) => of);
    expect(pairs).toEqual(['0.1>1.0', '0.1>1.1', '0.1>1.2', '0.1>1.3', '0.2>1.3']);
    const absent = await named('0.9', 'absent');
    expect([absent.status, absent.stderr]).toEqual([
      2,
      'bridgescope: --pairs 0.9: gpt2 has 2 layers of 4 heads, both counted from 0; name heads that it has\n',
    ]);
    expect(existsSync(join(folder, 'absent', 'measures.json'))).toBe(false);
  });

  it('keeps the table of other runs unless it may be replaced', async () => {
    const out = join(folder, 'kept');
    const model = (...more: string[]) =>
      bridgescope(...['measure', ...more, '--out', out, '--measures', 'z_score', '--no-figures', '--quiet']);
    expect((await model(goldenModelPath('gpt2'))).status).toBe(0);
    const before = readFileSync(join(out, 'measures.parquet'));
    const other = await model(goldenModelPath('olmo'));
    expect([other.status, other.stderr]).toEqual([
      1,
      `bridgescope: ${join(out, 'measures.parquet')}: holds the measures of gpt2, which would be lost; choose another --out, or replace them with --overwrite\n`,
    ]);
    expect(readFileSync(join(out, 'measures.parquet')).equals(before)).toBe(true);
    expect((await model(goldenModelPath('gpt2'))).status).toBe(0);
    expect((await model(goldenModelPath('olmo'), '--overwrite')).status).toBe(0);
  });

  it('refuses ranks and positions that a model does not have', async () => {
    const refused = async (...options: string[]) => {
      const { status, stderr } = await bridgescope(
        ...['measure', goldenModelPath('gpt2'), '--out', join(folder, 'refused'), ...options],
      );
      return [status, stderr];
    };
    expect(await refused('--ranks', '9')).toEqual([
      2,
      'bridgescope: gpt2: rank 9 is not between 1 and 8, the width of its heads; choose others with --ranks\n',
    ]);
    expect(await refused('--rel-pos=-1')).toEqual([
      2,
      'bridgescope: gpt2: relative position -1 needs rotary positions, which gpt2 does not have; use --rel-pos 0\n',
    ]);
  });
});
