import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openClaims, shippedClaims } from '../../src/evidence/claims-file.js';
import { type Claim, checkClaims } from '../../src/stats/claims.js';
import { studyRuns } from '../../src/stats/study.js';
import { fewestRuns, verdictsOf } from '../../src/stats/verdict.js';
import { type MadeUpRun, someRuns } from './some-runs.js';

const base = {
  id: 'some_claim',
  claim: 'A sentence.',
  where: 'Somewhere.',
  statistic: 'generalising_share',
  bound: { at_least: 0.5 },
};

/** So many runs, of which some generalise. */
function study(total: number, generalising: number, run: Partial<MadeUpRun> = {}) {
  const runs = Array.from({ length: total }, (_, seed): MadeUpRun => {
    return { setting: `seed_${seed}`, seed, every: 1000, ...run, oodStep: seed < generalising ? 3000 : null };
  });
  const { table, configs } = someRuns(runs);
  return studyRuns(table, configs);
}

const outcome = (claim: object, runs: ReturnType<typeof study>) =>
  verdictsOf(checkClaims([{ ...base, ...claim }], 'test'), runs)[0]!.outcome;

describe('verdicts', () => {
  it('on a share hold or fail when the exact interval leaves no doubt', () => {
    // 0.05^(1/5) = 0.549 is the lower bound of 5 of 5, 0.05^(1/4) = 0.473 that of 4 of 4.
    expect(outcome({}, study(5, 5))).toBe('held');
    expect(outcome({}, study(4, 4))).toBe('not enough runs');
    expect(outcome({}, study(5, 0))).toBe('failed');
    expect(outcome({}, study(6, 3))).toBe('not enough runs');
    expect(outcome({ bound: { at_most: 0.5 } }, study(5, 0))).toBe('held');
    expect(outcome({ bound: { at_most: 0.5 } }, study(5, 5))).toBe('failed');
  });

  it('on a median need five runs', () => {
    const width = { statistic: 'ood_drop_width', bound: { at_most: 2 } };
    expect(outcome(width, study(4, 4))).toBe('not enough runs');
    expect(outcome(width, study(5, 5))).toBe('held');
    expect(outcome(width, study(5, 5, { scale: 0.5 }))).toBe('failed');
    const fewest = (claim: object) => fewestRuns(checkClaims([{ ...base, ...claim }], 'test')[0]!);
    expect(fewest(width)).toBe(5);
    expect(fewest({})).toBe(5);
    expect(fewest({ bound: { at_least: 0.9 } })).toBe(29);
    expect(fewest({ ...width, needs: { runs: 8 } })).toBe(8);
    expect(fewest({ statistic: 'threshold_pool_size', needs: { runs: 10 } })).toBe(10);
  });

  it('take no run that is shorter than they need, and wait for as many as they need', () => {
    const never = { bound: { at_most: 0.5 } };
    const short = study(5, 0, { lastStep: 300, every: 30 });
    expect(outcome(never, short)).toBe('held');
    expect(outcome({ ...never, needs: { steps: 301 } }, short)).toBe('not enough runs');
    expect(outcome({ ...never, needs: { steps: 300, runs: 5 } }, short)).toBe('held');
    expect(outcome({ ...never, needs: { steps: 300, runs: 6 } }, short)).toBe('not enough runs');
  });

  it('of the paper are not drawn from runs of 300 steps, of which none could generalise', () => {
    const short = study(40, 0, { lastStep: 300, every: 30, poolSize: 16 });
    const verdicts = verdictsOf(openClaims(shippedClaims), short);
    expect(new Set(verdicts.map((verdict) => verdict.outcome))).toEqual(new Set(['not enough runs']));
  });

  it('are open where no run has the number', () => {
    expect(outcome({ runs: { num_layers: 1 } }, study(5, 5))).toBe('not enough runs');
    expect(outcome({ statistic: 'lag_z_score' }, study(5, 0))).toBe('not enough runs');
  });

  it('take the runs that a claim names', () => {
    const { table, configs } = someRuns([
      { setting: 'infinite', poolSize: null, oodStep: 3000, every: 1000 },
      { setting: 'large', poolSize: 1000, oodStep: 3000, every: 1000 },
      { setting: 'small', poolSize: 100, oodStep: null, every: 1000 },
      { setting: 'one', poolSize: null, oodStep: null, layers: 1 },
    ]);
    const runs = studyRuns(table, configs);
    const settings = (chosen: Claim['runs']) =>
      verdictsOf(checkClaims([{ ...base, runs: chosen }], 'test'), runs)[0]!.settings;
    expect(settings({})).toEqual(['infinite', 'large', 'small', 'one']);
    expect(settings({ pool_size: { at_least: 1000 }, num_layers: 2 })).toEqual(['infinite', 'large']);
    expect(settings({ pool_size: null })).toEqual(['infinite', 'one']);
    expect(settings({ pool_size: [100, 1000] })).toEqual(['large', 'small']);
    expect(settings({ pool_size: { at_most: 1e6 } })).toEqual(['large', 'small']);
    expect(settings({ generalises: true })).toEqual(['infinite', 'large']);
    expect(settings({ generalises: false, num_layers: 1 })).toEqual(['one']);
  });

  it('that hold never turn into ones that fail when more runs say the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), (more) => {
        expect(outcome({}, study(5 + more, 5 + more))).toBe('held');
      }),
      { numRuns: 4 },
    );
  });
});

describe('claims', () => {
  it('that are shipped are sound, and each says where the paper makes it', () => {
    const claims = openClaims(shippedClaims);
    expect(claims.length).toBeGreaterThan(10);
    for (const { where, reason } of claims) expect(Math.min(where.length, reason.length)).toBeGreaterThan(10);
  });

  it.each([
    ['no list', {}, /expected a list of claims/],
    ['an empty list', [], /expected a list of claims/],
    [
      'an unknown statistic',
      [{ ...base, statistic: 'luck' }],
      /no statistic "luck"; there are generalising_share/,
    ],
    ['an unknown option', [{ ...base, runs: { pool: 3 } }], /runs have no option "pool"/],
    ['an unknown key', [{ ...base, sure: true }], /claim 1: entry: expected no key "sure"/],
    ['no bound', [{ ...base, bound: {} }], /bound: expected at_least, at_most or both/],
    [
      'a bound that nothing keeps',
      [{ ...base, bound: { at_least: 2, at_most: 1 } }],
      /nothing could keep it/,
    ],
    ['an id that is markup', [{ ...base, id: '<b>' }], /id: expected small letters/],
    ['two claims of one id', [base, base], /two claims have the id some_claim/],
  ])('with %s are refused in one line', (_what, list, message) => {
    expect(() => checkClaims(list, 'claims.yaml')).toThrow(message);
  });
});
