import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StepJoiner } from '../../src/series/join-steps.js';
import { rowsOf, TableBuilder } from '../../src/series/table.js';

const subjects = ['0.0', '0.0>1.0', '1.1', null];
/** Which subjects each of two measures has at a step. */
const atStep = fc.tuple(fc.subarray(subjects, { minLength: 1 }), fc.subarray(subjects));

it('has the rows of all tables, each curve together over its steps', () => {
  fc.assert(
    fc.property(fc.array(atStep, { minLength: 1, maxLength: 5 }), fc.boolean(), (tables, alike) => {
      const joiner = new StepJoiner();
      const expected: string[] = [];
      tables.forEach((found, step) => {
        const builder = new TableBuilder();
        ['a', 'b'].forEach((measure, at) => {
          for (const of of (alike ? tables[0]! : found)[at]!) {
            const key = { setting: 'x', measure, of, rel_pos: null, rank: at, statistic: null };
            builder.appendCurve(key, [step], [step + at]);
          }
        });
        expected.push(...[...rowsOf(builder.build())].map((row) => JSON.stringify(row)));
        joiner.add(builder.build());
      });
      const table = joiner.build();
      const rows = [...rowsOf(table)];
      expect(rows.map((row) => JSON.stringify(row)).sort()).toEqual(expected.sort());
      const names = rows.map(({ measure, of }) => `${measure} ${of}`);
      expect(table.curveStarts.length).toBe(new Set(names).size);
    }),
  );
});
