import { principalCosines } from '../measures/subspace-match.js';
import type { PairCircuits } from './open-step.js';

/** Cosines of all principal angles at one rank, largest first; null where the subspaces do not exist. */
export interface Cosines {
  /** Between V_r(W_QK(t)) and U_r(W_OV); the root of their mean square is the table's `qk_ov_match`, `mean`. */
  readonly qkOv: Float64Array | null;
  /** Between V_r(E) and U_r(W_OV): `wte_ov_match`. */
  readonly wteOv: Float64Array | null;
}

/** The principal cosines of a pair of heads, from the decompositions that its measures share. */
export function cosines({ circuits, pair }: PairCircuits, relPos: number, rank: number): Cosines {
  const { algebra } = circuits;
  const [writer] = circuits.writers;
  return {
    qkOv: pair && principalCosines(circuits.read(pair, relPos), rank, algebra),
    wteOv: principalCosines(circuits.wteOnWriter(writer!), rank, algebra),
  };
}
