import fc from 'fast-check';
import { headsOf } from '../../src/series/heads-of.js';
import type { OwnRow, Row } from '../../src/series/row.js';
import { type Table, TableBuilder } from '../../src/series/table.js';
import { type TableMetadata, tableMetadata } from '../../src/tables/meta.js';

export const metadata: TableMetadata = tableMetadata('0.1.0', {
  'a "run", ü': { config: { vocab_size: 16, pool_size: null }, checkpoints: { '0': 'ab12', '100': 'cd34' } },
});

/** Strings of every kind that formats trip over: empty, quotes, separators, newlines, spaces, any code point. */
const text = fc.oneof(
  fc.constantFrom('', ' ', '"', ',', 'a,b', 'a"b', '\n', '\r\n', 'null', 'NaN', '1', "'", '\u0000', ' a '),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  // A byte order mark at the start is lost to text decoders, that of hyparquet among them.
  fc.string({ unit: 'binary', maxLength: 8 }).filter((string) => !string.startsWith('\ufeff')),
);
const integer = fc.option(fc.integer({ min: -0x7fff_ffff, max: 0x7fff_ffff }));

export const someRow: fc.Arbitrary<OwnRow> = fc.record({
  setting: text,
  step: integer,
  measure: text,
  of: fc.option(fc.oneof(text, fc.constantFrom('0.1', '3.11>12.0', '4>5', '1.2>3', '1.2>3.4>5.6'))),
  rel_pos: integer,
  rank: integer,
  statistic: fc.option(text),
  value: fc.option(fc.double({ noNaN: true })),
});

/** A row as it is read: with the heads that `of` names. */
export function fullRow(row: OwnRow): Row {
  return { ...row, ...(row.of === null ? { writer: null, reader: null } : headsOf(row.of)) };
}

export function tableOf(rows: readonly OwnRow[]): Table {
  const builder = new TableBuilder();
  for (const row of rows) builder.append(row);
  return builder.build();
}

/**
 * A table like a measured one: long error curves that share their keys, then short curves, then rows without a step.
 */
export function measuredTable(runs: number, epochs: number, checkpoints: number): Table {
  const builder = new TableBuilder();
  const steps = Int32Array.from({ length: epochs }, (_, at) => at + 1);
  const saved = Int32Array.from({ length: checkpoints }, (_, at) => at * 200);
  const noKeys = { of: null, rel_pos: null, rank: null, statistic: null };
  for (let run = 0; run < runs; run++) {
    const setting = `run_${run}`;
    for (const measure of ['err_train', 'err_test', 'err_ood', 'loss_train', 'loss_test', 'loss_ood']) {
      const values = Float64Array.from(steps, (step) =>
        measure.startsWith('err')
          ? 1 - (Math.floor(step / 7) % 5000) / 5227
          : Math.sin(step * (run + 1)) ** 2,
      );
      if (run === 0 && measure === 'loss_ood') values.fill(Number.NaN, 5, 60);
      builder.appendCurve({ setting, measure, ...noKeys }, steps, values);
    }
    for (const t of [0, 5, -10]) {
      for (const rank of [5, 10, 15, 20]) {
        for (const statistic of ['largest', 'mean']) {
          const values = Float64Array.from(saved, (step) => Math.cos(step + rank + t) ** 2);
          const key = { setting, measure: 'qk_ov_match', of: '0.0>1.0', rel_pos: t, rank, statistic };
          builder.appendCurve(key, saved, values);
        }
      }
    }
    builder.append({
      setting,
      step: null,
      measure: 'baseline_match',
      ...noKeys,
      rank: 5,
      statistic: 'mean',
      value: 0.27,
    });
  }
  return builder.build();
}
