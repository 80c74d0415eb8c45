import type { Lq } from '../algebra.js';
import { transpose } from '../blocks.js';
import type { Matrix } from '../matrix.js';
import { multiply } from './multiply.js';
import { qr } from './qr.js';

/** From the QR decomposition of aᵀ. @throws ShapeError when a is empty */
export function lq(a: Matrix): Lq {
  const { q, r } = qr(transpose(a));
  return { l: transpose(r), multiplyQ: (u) => multiply(q, u) };
}
