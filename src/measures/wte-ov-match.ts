import { headName } from './circuits.js';
import type { Measure } from './measure.js';
import { subspaceMatch } from './subspace-match.js';

/**
 * Embedding–OV match: do heads write back into the directions that token embeddings use?
 * Cosines of the principal angles between V_r(E) and U_r(W_OV). Null for r above the rank of E or of W_OV.
 * Source: notebook `match_between_layer`.
 */
export const wteOvMatch: Measure = (circuits, { ranks }, emit) => {
  for (const writer of circuits.writers) {
    const of = headName(writer);
    const products = circuits.wteOnWriter(writer);
    for (const rank of ranks) {
      const match = subspaceMatch(products, rank, circuits.algebra);
      emit({ measure: 'wte_ov_match', of, rel_pos: null, rank, statistic: 'largest' }, match.largest);
      emit({ measure: 'wte_ov_match', of, rel_pos: null, rank, statistic: 'mean' }, match.mean);
    }
  }
};
