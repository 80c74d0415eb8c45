import type { Measure } from './measure.js';
import { screeNot } from './screenot.js';

/**
 * Estimated ranks: how many singular values of the first layer's queries and keys, of the embedding, and of X stand
 * above the noise, by ScreeNOT with at most 20 components. Null where a matrix is too small for it.
 * Source: notebook, ScreeNOT applied to W_q, W_k, wte and the normalised wte.
 */
export const estimatedRank: Measure = (circuits, { config }, emit) => {
  const { d_model: d, vocab_size: vocabulary } = config;
  const x = circuits.wteCentered();
  const spectra = [
    { of: 'W_q', s: circuits.firstLayerOnTokens('q').s, rows: d, cols: d },
    { of: 'W_k', s: circuits.firstLayerOnTokens('k').s, rows: d, cols: d },
    { of: 'wte', s: circuits.wteOnWriters().s, rows: vocabulary, cols: d },
    { of: 'wte_centered', s: circuits.algebra.svd(x).s, rows: x.rows, cols: x.cols },
  ];
  const estimates = spectra.map(({ of, s, rows, cols }) => ({ of, estimate: screeNot(s, rows, cols) }));
  const key = { rel_pos: null, rank: null, statistic: null };
  for (const { of, estimate } of estimates) {
    emit({ measure: 'estimated_rank', of, ...key }, estimate?.rank ?? Number.NaN);
  }
  for (const { of, estimate } of estimates) {
    emit({ measure: 'screenot_threshold', of, ...key }, estimate?.threshold ?? Number.NaN);
  }
};
