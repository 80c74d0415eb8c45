import { type Table, TableBuilder } from '../../src/series/table.js';

/** A measure of every pair, as a function of the writer, the reader and the step. */
type PairValue = (writer: number, reader: number, step: number) => number;

/** A model of many heads as a table: values are given, so that what a page shows can be told beforehand. */
export function someHeads(options: {
  readonly layers: number;
  readonly heads: number;
  /** Null for a single model. */
  readonly steps: readonly number[] | null;
  readonly match: PairValue;
  readonly zScore: PairValue;
  readonly q: PairValue;
  readonly induction: (head: number) => number;
}): Table {
  const { layers, heads } = options;
  const table = new TableBuilder();
  const name = (head: number) => `${Math.floor(head / heads)}.${head % heads}`;
  const steps = options.steps ?? [Number.NaN];
  const count = layers * heads;
  const setting = 'model';
  const pairs = (
    key: { measure: string; statistic: string | null; rank: number | null; rel_pos: number },
    value: PairValue,
  ) => {
    for (let writer = 0; writer < count; writer++) {
      for (let reader = heads * (Math.floor(writer / heads) + 1); reader < count; reader++) {
        const values = steps.map((step) => value(writer, reader, step));
        table.appendCurve({ setting, of: `${name(writer)}>${name(reader)}`, ...key }, steps, values);
      }
    }
  };
  for (const rank of [5, 10]) {
    const key = { measure: 'qk_ov_match', rank, rel_pos: 0 };
    pairs({ ...key, statistic: 'mean' }, (w, r, step) => options.match(w, r, step) * (rank / 10));
    pairs({ ...key, statistic: 'mean_q' }, options.q);
  }
  pairs({ measure: 'z_score', statistic: null, rank: null, rel_pos: 0 }, options.zScore);
  for (let head = 0; head < count; head++) {
    const key = { setting, measure: 'induction', of: name(head), rel_pos: null, rank: null, statistic: null };
    table.appendCurve(
      key,
      steps,
      steps.map(() => options.induction(head)),
    );
  }
  return table.build();
}
