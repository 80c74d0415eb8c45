import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { checkConfig } from '../../src/run/config.js';
import { readYaml } from '../../src/run/read-yaml.js';
import { axisValues } from '../../src/sweep/axis.js';
import { configHash, type PlannedTraining, plannedRuns } from '../../src/sweep/expand.js';
import { listsModels } from '../../src/sweep/models-plan.js';
import { parsePlan } from '../../src/sweep/plan.js';
import { openSweep, shardOf } from '../../src/sweep/sweep.js';
import { presets } from '../../src/train/presets.js';

const runs = (text: string) => plannedRuns(parsePlan(text, 'plan.yaml'));

describe('an axis', () => {
  it.each<[unknown, unknown[]]>([
    ['1..5', [1, 2, 3, 4, 5]],
    ['20..100 by 20', [20, 40, 60, 80, 100]],
    ['20..99 by 20', [20, 40, 60, 80]],
    ['0.1..0.5 by 0.1', [0.1, 0.2, 0.3, 0.4, 0.5]],
    ['8..64 times 2', [8, 16, 32, 64]],
    ['1e-4..1e-2 times 10', [0.0001, 0.001, 0.01]],
    ['-2..2', [-2, -1, 0, 1, 2]],
    [
      ['1..3', 10, null],
      [1, 2, 3, 10, null],
    ],
    [
      ['zipf', 'unif'],
      ['zipf', 'unif'],
    ],
    [true, [true]],
    [null, [null]],
  ])('%j', (text, values) => {
    expect(axisValues(text, 'here')).toEqual(values);
  });

  it.each<[unknown, RegExp]>([
    [[], /empty list/],
    ['5..1', /is empty/],
    ['1..5 by 0', /is empty/],
    ['1..5 by -1', /is empty/],
    ['0..8 times 2', /is empty/],
    ['1..8 times 1', /is empty/],
    ['1..1e9', /more than 100000/],
    ['1e300..1e308 by 1', /more than 100000|twice/],
    ['1...5', /expected a range/],
    ['a..b', /expected a range/],
    [[1, 2, 1], /1 is there twice/],
    [{ from: 1 }, /expected values/],
    [[[1]], /expected values/],
    [Number.NaN, /expected values/],
    [undefined, /expected values/],
  ])('%j is refused', (found, message) => {
    expect(() => axisValues(found, 'plan.yaml: axes.seed')).toThrow(message);
    expect(() => axisValues(found, 'plan.yaml: axes.seed')).toThrow(/^plan\.yaml: axes\.seed: /);
    expect(() => axisValues(found, 'x')).toThrow(InputError);
  });

  it('has both ends of every whole range', () => {
    const whole = fc.integer({ min: -500, max: 500 });
    fc.assert(
      fc.property(
        whole,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 100 }),
        (from, by, more) => {
          const to = from + by * more;
          const values = axisValues(`${from}..${to} by ${by}`, '') as number[];
          expect(values).toEqual(Array.from({ length: more + 1 }, (_, i) => from + i * by));
        },
      ),
    );
  });
});

describe('a plan', () => {
  it('takes each combination once, the last axis fastest', () => {
    const found = runs('axes: {pool_size: [20, null], seed: 1..3}');
    expect(found.map(({ setting }) => setting)).toEqual([
      ...['pool_size_20-seed_1', 'pool_size_20-seed_2', 'pool_size_20-seed_3'],
      ...['pool_size_infinite-seed_1', 'pool_size_infinite-seed_2', 'pool_size_infinite-seed_3'],
    ]);
    expect(found[4]).toMatchObject({
      config: checkConfig({ seed: 2 }, '').config,
      axes: { pool_size: null, seed: 2 },
    });
  });

  it('puts options in order: axes, variants, base, preset', () => {
    const [first, second] = runs(`
base: {preset: small_pool_size, num_epoch: 500}
list: [{name: wide, d_model: 128}, {mlp: true, ff_dim: 64}]
axes: {pool_size: 200}`);
    const published = presets.get('small_pool_size');
    const both = { ...published, num_epoch: 500, pool_size: 200 };
    expect(first).toMatchObject({
      setting: 'wide-pool_size_200',
      config: checkConfig({ ...both, d_model: 128 }, '').config,
      axes: { name: 'wide', d_model: 128, pool_size: 200 },
    });
    expect(second).toMatchObject({
      setting: 'mlp_true-ff_dim_64-pool_size_200',
      config: checkConfig({ ...both, mlp: true, ff_dim: 64 }, '').config,
    });
  });

  it('takes values over by merge keys', () => {
    const text = [
      'x-common: &common {num_layers: 3, seed: 7}',
      'list:',
      '  - {<<: *common, num_heads: 2}',
      '  - &wide {d_model: 128, seed: 7}',
      '  - {<<: [*wide, *common], seed: 9}',
    ].join('\n');
    expect(
      runs(text).map(({ config }) => [config.num_layers, config.num_heads, config.d_model, config.seed]),
    ).toEqual([
      [3, 2, 64, 7],
      [2, 1, 128, 7],
      [3, 1, 128, 9],
    ]);
  });

  it('lets a variant repeat what the base says, and not contradict it', () => {
    const plan = 'base: &base {num_layers: 3}\nlist: [{<<: *base, seed: 7}, {seed: 8}]';
    expect(runs(plan).map(({ config }) => [config.num_layers, config.seed])).toEqual([
      [3, 7],
      [3, 8],
    ]);
    expect(() => runs('base: {num_layers: 3}\nlist: [{num_layers: 4}]')).toThrow(/contradict/);
  });

  it('of one run is named by its preset', () => {
    expect(runs('base: small_pool_size')[0]).toMatchObject({
      setting: 'small_pool_size',
      config: checkConfig(presets.get('small_pool_size'), '').config,
    });
    expect(runs('base: {}').map(({ setting }) => setting)).toEqual(['run']);
  });

  it.each<[string, RegExp]>([
    ['', /expected a plan/],
    ['[]', /expected a plan/],
    ['a: [', /not valid YAML: .*a bracket that is not closed.*; correct it there$/],
    [
      'axes: {seed: 1}\naxes: {seed: 2}',
      /not valid YAML: line 2: a key that is set twice; correct it there$/,
    ],
    ['axes: {seed: !!js/function x}', /not valid YAML: line 1: a tag \(!name\) that is not known/],
    ['base: {}\n---\nbase: {}', /not valid YAML: line 2: a second document \(---\), where a file holds one/],
    ['base:\n\tseed: 1', /not valid YAML: line 2: a tab where lines are indented with spaces/],
    ['axes: {seed: "1,2,3"}', /axes\.seed: "1,2,3" is one text; a list is written \[1, 2, 3\]/],
    ['axes: {seed: 1,2,3}', /axes\.2: a value, where an option was expected; a list is written \[1, 2, 3\]/],
    ['axes: {seed: 1...10}', /axes\.seed: expected a range such as 1\.\.5, .*found "1\.\.\.10"/],
    ['axes: {seed: 1…10}', /axes\.seed: expected a range such as 1\.\.5/],
    ['axes: {seed: 1..10 step 2}', /axes\.seed: expected a range such as 1\.\.5, 20\.\.1000 by 20/],
    ['axes: {seed: 1-10}', /axes\.seed: "1-10" is one text; a range is written 1\.\.10$/],
    ['axes: {seed: "1:10:2"}', /a range is written 1\.\.10 by 2$/],
    ['axes: {seed: 1 to 10}', /a range is written 1\.\.10$/],
    ['grid: {}', /no key "grid"/],
    ['axis: {seed: 1}', /no key "axis"; did you mean axes\?/],
    ['pool_size: 1..5', /no key "pool_size"; options of the experiment go under base, or under axes/],
    ['axes: {pool_sise: 1..5}', /axes\.pool_sise: no such option; did you mean pool_size\?/],
    ['base: {num_heds: 2}', /base\.num_heds: no such option; did you mean num_heads\?/],
    ['base: {device: cuda}', /base\.device: nothing depends on this option/],
    ['base: small_pool', /base: no preset "small_pool"; did you mean small_pool_size\?/],
    ['base: {preset: 3}', /base\.preset: no preset 3/],
    ['base: 7', /base: expected a preset or options/],
    ['base: {seed: [1, 2]}', /base\.seed: expected one value.*go under axes/],
    ['base: {seed: 1..5}', /base\.seed: expected one value.*go under axes/],
    ['axes: {}', /axes: expected options and their values, found none/],
    ['axes: {seed: []}', /axes\.seed: .*empty list/],
    ['axes: [seed]', /axes: expected options and their values/],
    ['list: []', /list: expected variants/],
    ['list: {seed: 1}', /list: expected variants/],
    ['list: [{name: ../up, seed: 1}]', /list\[0\]\.name: expected letters/],
    ['list: [{name: .., seed: 1}]', /list\[0\]\.name: expected letters/],
    ['base: {seed: 1}\naxes: {seed: 1..3}', /option seed is set in base and in axes/],
    ['base: {seed: 1}\nlist: [{seed: 2}]', /option seed is set in base and in list\[0\]/],
    ['list: [{seed: 2}]\naxes: {seed: 3}', /option seed is set in list\[0\] and in axes/],
    ['base: small_pool_size\naxes: {preset: [large_pool_size]}', /preset .*is set in base and in axes/],
    ['base: small_pool_size\nlist: [{preset: large_pool_size}]', /preset .*is set in base and in list/],
    ['axes: {preset: [small_pool_size, large_pool_size], pool_size: 5}', /two runs have the same config/],
    ['list: [{seed: 1}, {seed: 1}]', /two runs have the same config/],
    ['list: [{name: a, seed: 1}, {name: A, seed: 2}]', /two different runs would be named A/],
    ['axes: {distr: [two-level, zip]}', /run distr_zip: option distr/],
    ['axes: {num_heads: [1, 3]}', /run num_heads_3: .*do not divide d_model/],
    ['axes: {seed: [1, 2.5]}', /run seed_2\.5: option seed/],
    ['axes: {seed: ["1"]}', /run seed_1: option seed/],
    [
      'axes: {d_model: [8, 64]}\nmeasure: {ranks: [5, 10]}',
      /run d_model_8: measure: rank 10 is not between 1 and d_model 8; choose smaller ranks/,
    ],
    ['base: {pos: relative}\nmeasure: {rel_pos: 0..5}', /relative position 1 needs rotary/],
    ['measure: {ranks: [0]}', /measure\.ranks: expected whole numbers from 1, found 0/],
    ['measure: {ranks: 2.5}', /measure\.ranks: expected whole numbers/],
    ['measure: {match: median}', /measure\.match: "median" is not one of/],
    ['measure: {rank: 5}', /measure: no key "rank"; did you mean ranks\?/],
    ['keep: some', /keep: expected all, none, last, or steps/],
    ['keep: [3]', /keep: none of the steps 3 is one of its checkpoints/],
    ['axes: {seed: 1..1000, lr: 1..1000}', /1000000 runs are too many/],
    ['a: &a [1]\nb: *c', /not valid YAML: an alias \(\*name\) without its anchor/],
  ])('%j is refused', (text, message) => {
    expect(() => runs(text)).toThrow(message);
    expect(() => runs(text)).toThrow(/^plan\.yaml: /);
    expect(() => runs(text)).toThrow(InputError);
  });

  it('is not blown up by aliases', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let i = 0; i < 9; i++)
      bomb.push(`${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]}, `.repeat(9)}]`);
    expect(() => runs(bomb.join('\n'))).toThrow(InputError);
  });

  it('never throws anything but an InputError', () => {
    const words = [
      'base',
      'axes',
      'list',
      'seed',
      'pool_size',
      'keep',
      'measure',
      'ranks',
      '__proto__',
      'name',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(...words, '1..3', 'all', null, true, 3, -1, 0.5, ''),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...words), tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...words), tree, { maxKeys: 5 }), (plan) => {
        try {
          expect(runs(JSON.stringify(plan)).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('runs', () => {
  it('are told apart by every option', () => {
    const { config } = checkConfig({}, '');
    const others = { ...config, seed: 1 };
    expect(configHash(config)).toMatch(/^[0-9a-f]{64}$/);
    expect(configHash({ ...config })).toBe(configHash(config));
    expect(configHash(others)).not.toBe(configHash(config));
    expect(configHash({ ...config, pool_size: 1 })).not.toBe(configHash(config));
  });

  it('are parted exactly by shards', () => {
    const sizes = fc.record({
      seeds: fc.integer({ min: 1, max: 40 }),
      of: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(sizes, ({ seeds, of }) => {
        const all = runs(`axes: {seed: 1..${seeds}}`);
        const shards = Array.from({ length: of }, (_, at) => shardOf(all, { index: at + 1, of }));
        const lengths = shards.map(({ length }) => length);
        expect(
          shards
            .flat()
            .map(({ setting }) => setting)
            .sort(),
        ).toEqual(all.map(({ setting }) => setting).sort());
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the shipped plans', () => {
  const folder = new URL('../../examples/plans/', import.meta.url);
  const shipped = new Map(
    readdirSync(folder).flatMap((name): [string, PlannedTraining[]][] => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      return listsModels(readYaml(text, name)) ? [] : [[name, runs(text)]];
    }),
  );

  it('are the published settings, the pool sweep and the larger models', () => {
    const names = [...presets.keys()];
    const settings = (name: string) => shipped.get(name)!.map(({ setting }) => setting);
    expect(settings('published.yaml')).toEqual(names.slice(0, 6));
    expect(settings('larger_models.yaml')).toEqual(names.slice(6));
    expect(shipped.get('pool_sweep.yaml')!.map(({ config }) => config.pool_size)).toEqual(
      Array.from({ length: 50 }, (_, i) => 20 * (i + 1)),
    );
    for (const [name, preset] of presets) {
      const run = [...shipped.values()].flat().find(({ setting }) => setting === name);
      expect(run?.config).toEqual(checkConfig(preset, '').config);
    }
  });

  it('have enough sizes and seeds to decide', () => {
    const small = shipped.get('pool_sweep_small.yaml')!;
    expect(new Set(small.map(({ config }) => config.pool_size)).size).toBeGreaterThanOrEqual(12);
    expect(new Set(small.map(({ config }) => config.seed)).size).toBeGreaterThanOrEqual(3);
  });

  it('are those of the committed result', async () => {
    const plan = fileURLToPath(new URL('pool_sweep_small.yaml', folder));
    const result = new URL('../../results/pool_sweep_small/', import.meta.url);
    const { planHash, runs: planned } = await openSweep(plan, '', '');
    const summary = JSON.parse(readFileSync(new URL('sweep.json', result), 'utf8'));
    expect(readFileSync(new URL('plan.yaml', result), 'utf8')).toBe(readFileSync(plan, 'utf8'));
    expect(summary.plan_hash).toBe(planHash);
    expect(summary.runs.map(({ hash }: { hash: string }) => hash)).toEqual(planned.map(({ hash }) => hash));
    expect(summary.runs.every(({ status }: { status: string }) => status === 'done')).toBe(true);
  });
});
