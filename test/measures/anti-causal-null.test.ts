import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { antiCausalNull } from '../../src/measures/anti-causal-null.js';
import { strongestEnd } from '../../src/measures/model-plan.js';
import { choosePairs } from '../../src/series/model-rows.js';
import { causalPairs } from '../../src/series/pair-request.js';

/** Values of all pairs of heads: few different ones, so that many are equal, and some missing. */
const grids = fc
  .record({ layers: fc.integer({ min: 2, max: 4 }), heads: fc.integer({ min: 1, max: 3 }) })
  .chain((grid) =>
    fc.record({
      grid: fc.constant(grid),
      values: fc
        .array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double(), fc.constant(Number.NaN)), {
          minLength: (grid.layers * grid.heads) ** 2,
          maxLength: (grid.layers * grid.heads) ** 2,
        })
        .map((values) => Float64Array.from(values)),
    }),
  );

describe('pairs held against anti-causal ones', () => {
  it('have the p- and q-values of the definition', () => {
    fc.assert(
      fc.property(grids, fc.constantFrom('highest', 'lowest'), ({ grid, values }, strongest) => {
        const total = grid.layers * grid.heads;
        const sign = strongest === 'highest' ? 1 : -1;
        const layerOf = (head: number) => Math.floor(head / grid.heads);
        const known = [...values.keys()].filter((at) => !Number.isNaN(values[at]!));
        const causal = known.filter((at) => layerOf(at % total) < layerOf(Math.floor(at / total)));
        const chance = known.filter((at) => !causal.includes(at));
        const found = antiCausalNull(values, grid, strongest);
        if (causal.length < 2 || chance.length === 0) {
          expect(found).toBeUndefined();
          return;
        }
        const p = causal.map((at) => {
          const asStrong = chance.filter((other) => sign * values[other]! >= sign * values[at]!).length;
          return (1 + asStrong) / (1 + chance.length);
        });
        const q = p.map((own) =>
          Math.min(
            ...p.flatMap((other) =>
              other >= own ? (other * p.length) / p.filter((one) => one <= other).length : [],
            ),
          ),
        );
        expect(found!.count).toBe(chance.length);
        expect([...found!.p].map((_, at) => at).filter((at) => !Number.isNaN(found!.p[at]!))).toEqual(causal);
        causal.forEach((at, place) => {
          expect(found!.p[at]).toBe(p[place]);
          expect(found!.q[at]).toBeCloseTo(q[place]!, 12);
        });
      }),
    );
  });

  it('are chosen by strength, of equal ones the first', () => {
    fc.assert(
      fc.property(
        grids,
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('qk_ov_match', 'mismatch_ratio'),
        ({ grid, values }, count, measure) => {
          const column = { key: { measure, rel_pos: 0, rank: null, statistic: null }, values };
          const { pairs } = choosePairs([column], grid, { kind: 'strongest', count }, 1, 'it');
          const sign = strongestEnd(measure) === 'highest' ? -1 : 1;
          const all = [...causalPairs(grid)];
          const expected = all
            .filter((pair) => !Number.isNaN(values[pair]!))
            .sort((a, b) => sign * (values[a]! - values[b]!) || all.indexOf(a) - all.indexOf(b))
            .slice(0, count);
          expect([...pairs[0]!]).toEqual(all.filter((pair) => expected.includes(pair)));
        },
      ),
    );
  });
});
