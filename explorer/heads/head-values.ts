import { chosenBlock, type HeadsModel, subjectHead, valuesAt } from './heads-model.js';
import type { PairRows } from './pair-rows.js';

/** One number of each head, by its number; NaN where it has none. */
export interface HeadValues {
  /** Id of the head's measure, or `reads` or `writes`. */
  readonly id: string;
  readonly values: Float64Array;
}

/**
 * What colours the grid of heads: a head's own measure, or the strongest pair in which it reads or writes.
 * An id that the model has no measure for stands for `reads`.
 */
export function headValues(
  model: HeadsModel,
  id: string,
  rows: PairRows | undefined,
  at: { readonly rank: number; readonly relPos: number; readonly step: number | null },
): HeadValues {
  const values = new Float64Array(model.layers * model.heads).fill(Number.NaN);
  const choice = model.ofHeads.find((own) => own.id === id);
  const block = choice && chosenBlock(choice.blocks, at.rank, at.relPos);
  const found = block && valuesAt(block, at.step);
  if (block !== undefined && found !== undefined) {
    block.subjects.forEach((name, place) => {
      const head = subjectHead(model, name ?? '');
      if (head !== undefined) values[head] = found[place]!;
    });
    return { id, values };
  }
  const side = id === 'writes' ? 'writer' : 'reader';
  if (rows !== undefined) {
    for (let place = 0; place < rows.value.length; place++) {
      const head = rows[side][place]!;
      if (head < 0 || Number.isNaN(rows.value[place])) continue;
      const sign = rows.strongest === 'highest' ? 1 : -1;
      if (!(sign * values[head]! >= sign * rows.value[place]!)) values[head] = rows.value[place]!;
    }
  }
  return { id: side === 'writer' ? 'writes' : 'reads', values };
}
