import { appendCurves } from './append-curves.js';
import { type Block, type BlockKey, blocksOf } from './blocks.js';
import { curvesOf } from './curves.js';
import { type Table, TableBuilder } from './table.js';

/** The values of one measure at the steps that have been added. */
interface Joined {
  readonly key: BlockKey;
  readonly subjects: Block['subjects'];
  readonly steps: number[];
  /** Of all subjects, by step. */
  readonly values: Float64Array[];
}

/**
 * Joins tables of single checkpoints: in the result each curve stands together over its steps, in the order in which they were
 * added. Where all of them have the same subjects, as they do unless each has its own strongest pairs, no row is looked up.
 */
export class StepJoiner {
  private readonly blocks = new Map<string, Joined>();
  /** All rows, once a table had other subjects than those before. */
  private rows: TableBuilder | undefined;

  add(table: Table): void {
    if (this.rows === undefined) {
      const found = blocksOf(table).map((block) => ({ block, name: JSON.stringify(block.key) }));
      if (found.every(({ block, name }) => hasSubjects(this.blocks.get(name), block.subjects))) {
        for (const { block, name } of found) this.addBlock(name, block);
        return;
      }
      this.rows = this.joined();
    }
    appendCurves(this.rows, table, () => true);
  }

  build(): Table {
    if (this.rows === undefined) return this.joined().build();
    const builder = new TableBuilder();
    for (const { key, steps, values } of curvesOf(this.rows.build()).all)
      builder.appendCurve(key, steps, values);
    return builder.build();
  }

  private addBlock(name: string, { key, subjects, steps, values }: Block): void {
    const joined = this.blocks.get(name) ?? { key, subjects, steps: [], values: [] };
    this.blocks.set(name, joined);
    steps.forEach((step, at) => {
      joined.steps.push(step);
      joined.values.push(values.subarray(at * subjects.length, (at + 1) * subjects.length));
    });
  }

  private joined(): TableBuilder {
    const builder = new TableBuilder();
    for (const { key, subjects, steps, values } of this.blocks.values()) {
      builder.appendCurves(key, subjects, steps, values);
    }
    return builder;
  }
}

function hasSubjects(joined: Joined | undefined, subjects: Block['subjects']): boolean {
  if (joined === undefined) return true;
  if (subjects.length !== joined.subjects.length) return false;
  return subjects.every((subject, at) => subject === joined.subjects[at]);
}
