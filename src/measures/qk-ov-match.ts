import { pairName } from './circuits.js';
import type { Measure } from './measure.js';
import { subspaceMatch } from './subspace-match.js';

/**
 * QK–OV match: does the later layer read (query–key circuit) what the earlier one writes (output–value circuit)?
 * Cosines of the principal angles between V_r(W_QK(t)) and U_r(W_OV), W_QK(t) = W_qᵀ R(t) W_k / √d_head, W_OV = W_o W_v.
 * Null for ranks above those of the circuits (d_head at most), which then have no such subspace.
 * Source: notebook `QKOV_matching`; Song, Xu, Zhong 2025, "subspace matching".
 */
export const qkOvMatch: Measure = (circuits, { ranks, relPos }, emit) => {
  for (const pair of circuits.pairs) {
    const of = pairName(pair);
    for (const rel_pos of relPos) {
      const products = circuits.read(pair, rel_pos);
      for (const rank of ranks) {
        const match = subspaceMatch(products, rank, circuits.algebra);
        emit({ measure: 'qk_ov_match', of, rel_pos, rank, statistic: 'largest' }, match.largest);
        emit({ measure: 'qk_ov_match', of, rel_pos, rank, statistic: 'mean' }, match.mean);
      }
    }
  }
};
