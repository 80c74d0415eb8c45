import { describe, expect, it } from 'vitest';
import { checkInterventionClaims, type InterventionClaim } from '../../src/causal/claims.js';
import type { Edit } from '../../src/causal/edit.js';
import type { EditResult } from '../../src/causal/summary.js';
import { claimedEdits, type JudgedRun, verdictsOfRuns } from '../../src/causal/verdicts.js';
import { openInterventionClaims, shippedInterventionClaims } from '../../src/evidence/claims-file.js';
import { openRun } from '../../src/run/folder.js';
import { smallRun } from '../cli/run.js';

const { config } = openRun(smallRun).configFile!;

function result(edit: Edit, error: number, draws: readonly number[] = []): EditResult {
  const control = {
    kind: 'random_subspace',
    draws: draws.map((value) => ({ copy_err_ood: value })),
  } as const;
  return {
    ...{ setting: 'run', step: 10, edit, judgement: { copy_err_ood: error } },
    control: draws.length === 0 ? null : control,
  };
}

/** A run whose keys lose `kept` of the copying, and a mean of `random` with random subspaces. */
function run(base: number, kept: number, random: readonly number[]): JudgedRun {
  const error = (lost: number) => base + lost * (1 - base);
  const subspace = { kind: 'written', heads: [0] } as const;
  const project = { kind: 'project', component: 'keys', heads: [1], subspace, what: 'keep' } as const;
  const results = [
    result({ kind: 'none' }, base),
    result({ ...project, rank: 4 }, error(kept), random.map(error)),
    // Another rank, which the claims do not speak of.
    result({ ...project, rank: 9 }, 0.5),
  ];
  const edits = claimedEdits(results, { readers: [1], writers: [0], rank: 4 })!;
  return { setting: `base ${base} kept ${kept}`, config, edits };
}

const claim = (statistic: string, bound: InterventionClaim['bound'], runs = {}) =>
  checkInterventionClaims(
    [{ id: 'a', claim: 'A.', where: 'B', about: 'runs', statistic, bound, runs }],
    'test',
  );

describe('verdicts on runs', () => {
  const runs = [0.02, 0.04, 0.06, 0.05, 0.03].map((kept) => run(0.2, kept, [0.5, 0.7]));

  it('take the median of the loss, and its interval between order statistics', () => {
    const [verdict] = verdictsOfRuns(claim('keys_kept_lost', { at_most: 0.1 }), runs);
    expect(verdict!.outcome).toBe('held');
    expect(verdict!.estimate!.value).toBeCloseTo(0.04, 12);
    expect([verdict!.estimate!.low, verdict!.estimate!.high].map((x) => Number(x.toFixed(9)))).toEqual([
      0.02, 0.06,
    ]);
    expect(verdictsOfRuns(claim('keys_kept_lost', { at_least: 0.1 }), runs)[0]!.outcome).toBe('failed');
    expect(verdictsOfRuns(claim('keys_kept_lost', { at_most: 0.05 }), runs)[0]!.outcome).toBe(
      'not enough runs',
    );
    expect(verdictsOfRuns(claim('keys_kept_lost', { at_most: 0.1 }), runs.slice(0, 4))[0]!.outcome).toBe(
      'not enough runs',
    );
  });

  it('subtract the mean loss of the control', () => {
    const [verdict] = verdictsOfRuns(claim('keys_kept_lost_over_random', { at_most: -0.2 }), runs);
    expect(verdict!.estimate!.value).toBeCloseTo(0.04 - 0.6, 12);
    expect(verdict!.outcome).toBe('held');
  });

  it('leave out runs that the claim is not about, and edits that were not made', () => {
    const mixed = [...runs, run(0.9, 0.5, [])];
    expect(
      verdictsOfRuns(claim('keys_kept_lost', { at_most: 1 }, { generalises: true }), mixed)[0]!.settings,
    ).toHaveLength(5);
    expect(
      verdictsOfRuns(claim('keys_kept_lost', { at_most: 1 }, { num_layers: 3 }), mixed)[0],
    ).toMatchObject({
      ...{ settings: [], estimate: null, outcome: 'not enough runs' },
    });
    expect(verdictsOfRuns(claim('removal_lost', { at_least: 0 }), runs)[0]!.estimate).toBeNull();
  });
});

describe('the file of claims', () => {
  it('is one', () => {
    const claims = openInterventionClaims(shippedInterventionClaims);
    expect(claims.filter(({ about }) => about === 'runs')).toHaveLength(6);
    expect(claims.filter(({ about }) => about === 'models')).toHaveLength(9);
  });

  it.each([
    ['no list', {}, /expected a list of claims, found \{\}/],
    [
      'an unknown statistic',
      [{ id: 'a', claim: 'A', where: 'B', about: 'runs', statistic: 'x', bound: { at_least: 1 } }],
      /no statistic "x"; there are removal_lost/,
    ],
    [
      'no bound',
      [{ id: 'a', claim: 'A', where: 'B', about: 'runs', statistic: 'removal_lost', bound: {} }],
      /claim 1: bound: expected at_least, at_most or both/,
    ],
  ])('refuses %s', (_, list, message) => {
    expect(() => checkInterventionClaims(list, 'mine.yaml')).toThrow(message);
  });
});
