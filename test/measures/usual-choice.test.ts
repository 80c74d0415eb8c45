import { describe, expect, it } from 'vitest';
import { usualPlan, usualRanks } from '../../src/measures/usual-choice.js';
import { checkConfig } from '../../src/run/config.js';
import { plannedRuns } from '../../src/sweep/expand.js';
import { parsePlan } from '../../src/sweep/plan.js';

describe('what is measured where nobody says otherwise', () => {
  it('is as wide as heads are', () => {
    expect(usualRanks(64)).toEqual([5, 10, 15, 20]);
    expect(usualRanks(16)).toEqual([5, 10, 15]);
    expect(usualRanks(4)).toEqual([1, 2, 4]);
    expect(usualRanks(1)).toEqual([1]);
  });

  it('looks at keys in the past, and at none where positions are not rotary', () => {
    const config = (options: object) => checkConfig(options, 'here').config;
    expect(usualPlan(config({}))).toMatchObject({
      ranks: [5, 10, 15, 20],
      relPos: [0, -5, -10, -15, -20, -25, -30, -35],
    });
    expect(usualPlan(config({ pos: 'relative', d_model: 64, num_heads: 8 }))).toMatchObject({
      ranks: [5],
      relPos: [0],
    });
  });

  it('fits each run of a sweep over widths', () => {
    const runs = plannedRuns(parsePlan('axes: {d_model: [8, 16, 64]}', 'plan.yaml'));
    expect(runs.map(({ measure }) => measure.ranks)).toEqual([[5], [5, 10, 15], [5, 10, 15, 20]]);
  });
});
