import type { LinearAlgebra } from '../linalg/algebra.js';
import { transpose } from '../linalg/blocks.js';
import type { Matrix } from '../linalg/matrix.js';
import { rotateRows } from '../measures/rotary.js';
import { screeNot } from '../measures/screenot.js';
import { headWidth } from '../model/config.js';
import type { PairCircuits } from './open-step.js';

/** Singular values of one matrix, and how many of them stand above the noise. */
export interface Spectrum {
  /** `W_q`, `W_k` of the first layer and `wte` as in the table; `W_QK` of the reader at t, `W_OV` of the writer. */
  readonly of: 'W_q' | 'W_k' | 'wte' | 'W_QK' | 'W_OV';
  /** Largest first; a circuit has as many as its head is wide. */
  readonly s: Float64Array<ArrayBuffer>;
  /** ScreeNOT's threshold and the number of values above it; null where it does not apply. */
  readonly threshold: number | null;
  readonly rank: number | null;
  /** Why there is no threshold. */
  readonly why?: string;
}

/**
 * Singular spectra with their ScreeNOT thresholds; those of `W_q`, `W_k` and `wte` are the table's. W_QK(t) and W_OV of a
 * head narrower than the model have rank d_head by construction, so there is no noise floor for ScreeNOT to find.
 */
export function spectra({ circuits, pair, writer }: PairCircuits, relPos: number): Spectrum[] {
  const { algebra, weights, config } = circuits;
  const { d_model: d, vocab_size: vocabulary } = config;
  const once = (name: string, make: () => Spectrum) => circuits.once(`spectrum of ${name}`, make);
  const result = [
    once('W_q', () => spectrum('W_q', algebra.svd(weights.firstWq).s, d, d)),
    once('W_k', () => spectrum('W_k', algebra.svd(weights.firstWk).s, d, d)),
    once('wte', () => spectrum('wte', circuits.wteOnWriters().s, vocabulary, d)),
    once('W_OV', () => spectrum('W_OV', productValues(writer.wo, writer.wv, algebra), d, d)),
  ];
  if (pair === null) return result;
  const { wq, wk } = pair.reader;
  const wqk = once(`W_QK ${relPos}`, () => {
    const values = productValues(transpose(wq), rotateRows(circuits.rotation(relPos), wk), algebra);
    const scale = 1 / Math.sqrt(headWidth(config));
    return spectrum(
      'W_QK',
      values.map((value) => value * scale),
      d,
      d,
    );
  });
  return [...result, wqk];
}

/** Singular values of a·b, a d×h and b h×d, without the d×d product where h is smaller: QR of the factors, then the core. */
function productValues(a: Matrix, b: Matrix, algebra: LinearAlgebra): Float64Array {
  if (2 * a.cols > a.rows) return algebra.svd(algebra.multiply(a, b)).s.slice(0, a.cols);
  const left = algebra.qr(a).r;
  const right = algebra.qr(transpose(b)).r;
  return algebra.svd(algebra.multiply(left, right, { b: true })).s;
}

/** @param values all singular values of a rows×cols matrix that may differ from 0 */
function spectrum(of: Spectrum['of'], values: Float64Array, rows: number, cols: number): Spectrum {
  const s = Float64Array.from(values);
  const isNarrow = s.length < Math.min(rows, cols);
  const estimate = isNarrow ? null : screeNot(s, rows, cols);
  if (estimate !== null) return { of, s, ...estimate };
  const why = isNarrow
    ? `its rank is at most d_head = ${s.length} by construction`
    : `ScreeNOT needs a spectrum of more than 41 values; here are ${s.length}`;
  return { of, s, threshold: null, rank: null, why };
}
