import type { Matrix } from '../../linalg/matrix.js';
import type { CircuitSet } from './circuit-set.js';
import { productsByRows } from './row-products.js';
import { productsByStrips } from './strip-products.js';

/**
 * Frobenius inner products of all circuits of one set with all of another:
 * out[a, b] = ⟨xₐᵀ yₐ, x_bᵀ y_b⟩ = Σᵢⱼ (xₐᵀ yₐ)ᵢⱼ (x_bᵀ y_b)ᵢⱼ.
 * @param symmetric whether all circuits are symmetric matrices
 * @returns first.count×second.count; the bits of an entry depend on its two circuits alone
 */
export function circuitProducts(first: CircuitSet, second: CircuitSet, symmetric: boolean): Matrix {
  const { rows: h, cols: d } = first.circuit(0).x;
  return areWide(h, d) ? productsByRows(first, second) : productsByStrips(first, second, symmetric);
}

/** Memory that circuits to be formed may take, of one worker thread. */
export const packedBytes = 256 * 2 ** 20;

/**
 * Whether heads are so wide that h×h products take less than forming d×d circuits: 2h²d a pair, against d² and, for as many
 * heads as memory has room for at a time, 2hd² a head. It depends on the model alone, so that numbers do not depend on how
 * work is shared.
 */
export function areWide(h: number, d: number): boolean {
  const heads = Math.max(1, Math.floor(packedBytes / (32 * h * d)));
  return 2 * h * h * d < d * d * (1 + (2 * h) / heads);
}
