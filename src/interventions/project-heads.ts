import type { LinearAlgebra } from '../linalg/algebra.js';
import { columnsOf, rowsOfMatrix, transpose } from '../linalg/blocks.js';
import { keyHeadOf } from '../model/architecture.js';
import type { HeadIndex } from '../model/heads.js';
import { mapOfMatrix, matrixOfMap, setColumns, setRows } from './head-blocks.js';
import { type Intervention, withAttention } from './intervention.js';
import { byLayer } from './remove-heads.js';
import { type KeepOrDrop, type NestedSubspaces, projectRowsOn } from './subspace.js';

/** A projection of heads' keys or outputs on a subspace of the residual stream, or out of it. */
export interface Projection {
  readonly heads: readonly HeadIndex[];
  readonly subspaces: NestedSubspaces;
  /** r, from 0 to d. */
  readonly rank: number;
  readonly what: KeepOrDrop;
  readonly algebra: LinearAlgebra;
}

/**
 * Heads look for keys in the subspace alone (or anywhere but in it): W_k ↦ W_k P. A key head that several of the heads
 * share is projected once. Biases stay.
 * Source: paper, projection of the keys of induction heads on the common bridge subspace.
 */
export function projectKeys({ heads, subspaces, rank, what, algebra }: Projection): Intervention {
  return (weights) => {
    const { architecture } = weights;
    const { headWidth } = architecture;
    return withAttention(
      weights,
      new Map(
        [...byLayer(architecture.heads, heads)].map(([layer, own]) => [
          layer,
          (attention) => {
            const key = matrixOfMap(attention.key);
            const keyHeads = new Set([...own].map((head) => keyHeadOf(architecture, head)));
            for (const keyHead of keyHeads) {
              const from = keyHead * headWidth;
              const rows = rowsOfMatrix(key, from, headWidth);
              setRows(key, from, projectRowsOn(rows, subspaces, rank, what, algebra));
            }
            return { ...attention, key: mapOfMatrix(key, attention.key.bias) };
          },
        ]),
      ),
    );
  };
}

/**
 * Heads write into the subspace alone (or everything but into it): their columns of W_o ↦ P W_o. The bias stays.
 * Source: paper, projection of the outputs of previous-token heads.
 */
export function projectOutputs({ heads, subspaces, rank, what, algebra }: Projection): Intervention {
  return (weights) => {
    const { headWidth, heads: headsOfLayer } = weights.architecture;
    return withAttention(
      weights,
      new Map(
        [...byLayer(headsOfLayer, heads)].map(([layer, own]) => [
          layer,
          (attention) => {
            const output = matrixOfMap(attention.output);
            for (const head of own) {
              const from = head * headWidth;
              const rows = transpose(columnsOf(output, from, headWidth));
              const projected = projectRowsOn(rows, subspaces, rank, what, algebra);
              setColumns(output, from, transpose(projected));
            }
            return { ...attention, output: mapOfMatrix(output, attention.output.bias) };
          },
        ]),
      ),
    );
  };
}
