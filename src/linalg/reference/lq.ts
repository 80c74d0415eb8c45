import type { Lq } from '../algebra.js';
import { transpose } from '../blocks.js';
import { type Matrix, matrix } from '../matrix.js';
import { largestEntry, powerOfTwoScale } from '../scale.js';
import { multiply } from './multiply.js';
import { qr } from './qr.js';

/** From the QR decomposition of aᵀ. @throws ShapeError when a is empty */
export function lq(a: Matrix): Lq {
  const scale = powerOfTwoScale(largestEntry(a.data));
  const times = ({ rows, cols, data }: Matrix, factor: number) =>
    matrix(
      rows,
      cols,
      data.map((value) => value * factor),
    );
  const { q, r } = qr(times(transpose(a), scale));
  return { l: times(transpose(r), 1 / scale), transposedProduct: (u) => transpose(multiply(q, u)) };
}

export function lower(a: Matrix): Matrix {
  return lq(a).l;
}
