import type { Circuits } from './circuits.js';
import { headName } from './circuits.js';
import type { Measure } from './measure.js';
import { subspaceMatch } from './subspace-match.js';

/**
 * Embedding–OV match: do heads write back into the directions that token embeddings use?
 * Cosines of the principal angles between V_r(E) and U_r(W_OV). Null for r above rank(E) or d_head.
 * Source: notebook `match_between_layer`.
 */
export const wteOvMatch: Measure = (circuits, { ranks }, emit) => {
  const most = wteRank(circuits);
  for (const writer of circuits.writers) {
    const of = headName(writer);
    const products = circuits.wteOnWriter(writer);
    for (const rank of ranks) {
      const match =
        rank > most
          ? { largest: Number.NaN, mean: Number.NaN }
          : subspaceMatch(products, rank, circuits.algebra);
      emit({ measure: 'wte_ov_match', of, rel_pos: null, rank, statistic: 'largest' }, match.largest);
      emit({ measure: 'wte_ov_match', of, rel_pos: null, rank, statistic: 'mean' }, match.mean);
    }
  }
};

/** Rank of E: singular values above the usual rounding level max(V, d)·ε·s_1 (as numpy's `matrix_rank`). */
export function wteRank(circuits: Circuits): number {
  const { weights } = circuits;
  const { s } = circuits.wteOnWriters();
  const level = Math.max(weights.wte.rows, weights.wte.cols) * Number.EPSILON * (s[0] ?? 0);
  return s.filter((value) => value > level).length;
}
