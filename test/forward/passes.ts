import type { ForwardPass } from '../../src/forward/forward-pass.js';
import { kernelForward } from '../../src/forward/kernel-forward.js';
import { referenceForward } from '../../src/forward/reference.js';

/** Every forward pass there is, and how close it comes to float64: the conformance suite runs over all of them. */
export const passes: readonly {
  readonly name: string;
  readonly forward: ForwardPass;
  readonly tolerance: number;
}[] = [
  { name: 'reference', forward: referenceForward, tolerance: 1e-9 },
  { name: 'kernel', forward: kernelForward, tolerance: 1e-4 },
];

/** Largest difference of two arrays of one length, relative to the second's largest entry where that is above 1; NaN counts as infinite. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let scale = 1;
  for (let i = 0; i < a.length; i++) {
    scale = Math.max(scale, Math.abs(b[i]!));
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest / scale;
}
