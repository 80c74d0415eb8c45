import { Arena } from '../../linalg/arena.js';
import type { Matrix } from '../../linalg/matrix.js';

/**
 * Memory of the kernels that holds packed operands for as long as a product of many heads takes; apart from the arena of
 * single operations, which forgets everything at each of them.
 */
export function panelArena(): Arena {
  arena ??= new Arena();
  return arena.clear();
}

let arena: Arena | undefined;

/** Panels that hold `columns` columns, four each. */
export function panelCount(columns: number): number {
  return Math.ceil(columns / 4);
}

/** Packs the columns of a matrix in panels of four: panel j holds columns 4j…4j+3, row by row. Missing ones are zeros. */
export function packColumns(space: Arena, at: number, { rows, cols, data }: Matrix): void {
  const target = space.view(at, panelCount(cols) * rows * 4);
  if (cols % 4 !== 0) target.fill(0, (panelCount(cols) - 1) * rows * 4);
  for (let row = 0; row < rows; row++) {
    const from = row * cols;
    for (let col = 0; col < cols; col++) {
      target[(col >> 2) * rows * 4 + row * 4 + (col & 3)] = data[from + col]!;
    }
  }
}

/** Packs the rows of a matrix in panels of four: panel j holds rows 4j…4j+3, column by column. Missing ones are zeros. */
export function packRows(space: Arena, at: number, { rows, cols, data }: Matrix): void {
  const target = space.view(at, panelCount(rows) * cols * 4);
  if (rows % 4 !== 0) target.fill(0, (panelCount(rows) - 1) * cols * 4);
  for (let row = 0; row < rows; row++) {
    let to = (row >> 2) * cols * 4 + (row & 3);
    for (let from = row * cols; from < (row + 1) * cols; from++, to += 4) target[to] = data[from]!;
  }
}
