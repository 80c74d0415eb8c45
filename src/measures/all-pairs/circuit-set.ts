import type { Matrix } from '../../linalg/matrix.js';

/** A d×d matrix of rank h by its factors: xᵀ·y, both h×d; a matrix xᵀ·x has one of them twice. */
export interface CircuitFactors {
  readonly x: Matrix;
  readonly y: Matrix;
}

/** Circuits of several heads, each made when it is asked for. All are of one size. */
export interface CircuitSet {
  readonly count: number;
  circuit(at: number): CircuitFactors;
}

/** The circuits of some sets, one after the other. */
export function joinSets(sets: readonly CircuitSet[]): CircuitSet {
  const circuits = sets.flatMap((set) => Array.from({ length: set.count }, (_, at) => () => set.circuit(at)));
  return { count: circuits.length, circuit: (at) => circuits[at]!() };
}
