import { type Matrix, matrix } from '../linalg/matrix.js';
import { positionCoefficients } from '../measures/position-coefficient.js';
import { rotateRows } from '../measures/rotary.js';
import { headWidth } from '../model/config.js';
import type { PairCircuits } from './open-step.js';

/** What a checkpoint can be taken apart into, as numbers; the keys are names in files, the values say what they are. */
export const arrayMeanings = {
  scores: 'S = E W_QKOV Eᵀ, V×V (the notebook’s QK0)',
  w_qk: 'W_QK(t) = W_qᵀ R(t) W_k / √d_head of the reader, d×d',
  w_ov: 'W_OV = W_o W_v of the writer, d×d',
  w_qkov: 'W_QKOV = W_QK(t) W_OV, d×d',
  v_qk: 'right singular vectors of W_QK(t) as columns, d×d_head (Vt_qk.T)',
  s_qk: 'singular values of W_QK(t), d_head',
  u_ov: 'left singular vectors of W_OV as columns, d×d_head (U_ov)',
  s_ov: 'singular values of W_OV, d_head',
  s_q: 'singular values of the whole W_q of layer 0, d',
  s_k: 'singular values of the whole W_k of layer 0, d',
  coeffs: 'of each token and the mean direction: ‖x V_r(W_q)‖, ‖x V_r(W_k)‖, ‖x W_q‖, ‖x W_k‖, (V+1)×4',
} as const;

export type ArrayName = keyof typeof arrayMeanings;

export const arrayNames = Object.keys(arrayMeanings) as readonly ArrayName[];

/** Numbers with their shape: one dimension for singular values, two for the others. */
export interface NamedArray {
  readonly name: ArrayName;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float64Array;
}

/**
 * The arrays behind the measures of a pair of heads, in float64 and whole. Without a reader, those of the writer and of layer 0.
 * A singular vector is known up to its sign.
 * @param rank r of `coeffs`; the pair was decomposed for at least as many columns
 * Source: notebook `QKOV_matching` and `position_matching`, what they return.
 */
export function stepArrays(
  choice: PairCircuits,
  names: readonly ArrayName[],
  { relPos, rank }: { readonly relPos: number; readonly rank: number },
): NamedArray[] {
  const { circuits, pair, writer } = choice;
  const { algebra, weights, config } = circuits;
  const width = Math.min(headWidth(config), config.d_model);
  const wov = () => circuits.once('W_OV whole', () => algebra.multiply(writer.wo, writer.wv));
  const ov = () => circuits.once('SVD of W_OV', () => algebra.svd(wov(), { u: true, count: width }));
  const list = (values: Float64Array): Matrix => matrix(1, values.length, values);
  const ofWriter: Partial<Record<ArrayName, () => Matrix>> = {
    w_ov: wov,
    u_ov: () => ov().u!,
    s_ov: () => list(ov().s.slice(0, width)),
    s_q: () => list(circuits.firstLayerOnTokens('q').s),
    s_k: () => list(circuits.firstLayerOnTokens('k').s),
    coeffs: () => positionCoefficients(circuits, rank),
  };
  const makers = pair === null ? ofWriter : { ...ofWriter, ...ofReader(pair.reader) };

  function ofReader(reader: {
    readonly wq: Matrix;
    readonly wk: Matrix;
  }): Partial<Record<ArrayName, () => Matrix>> {
    const once = (name: string, make: () => Matrix) => circuits.once(`${name} whole ${relPos}`, make);
    const wqk = () =>
      once('W_QK', () => {
        const keys = rotateRows(circuits.rotation(relPos), reader.wk);
        return scaled(algebra.multiply(reader.wq, keys, { a: true }), 1 / Math.sqrt(headWidth(config)));
      });
    const wqkov = () => once('W_QKOV', () => algebra.multiply(wqk(), wov()));
    const qk = () =>
      circuits.once(`SVD of W_QK ${relPos}`, () => algebra.svd(wqk(), { v: true, count: width }));
    return {
      w_qk: wqk,
      w_qkov: wqkov,
      scores: () =>
        once('S', () => algebra.multiply(algebra.multiply(weights.wte, wqkov()), weights.wte, { b: true })),
      v_qk: () => qk().v!,
      s_qk: () => list(qk().s.slice(0, width)),
    };
  }

  return names.flatMap((name) => {
    const made = makers[name]?.();
    if (made === undefined) return [];
    const shape = name.startsWith('s_') ? [made.cols] : [made.rows, made.cols];
    return [{ name, shape, values: made.data }];
  });
}

function scaled({ rows, cols, data }: Matrix, factor: number): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value) => value * factor),
  );
}
