import type { AdamWOptions } from './engine.js';

/** AdamW's constants in the published code: decay of the running means, and the term that keeps the division finite. */
export const adamW = { beta1: 0.9, beta2: 0.98, epsilon: 1e-9 } as const;

/** The factors of one update that all parameters share. */
export interface AdamWFactors {
  /** 1 - lr·wd. */
  readonly decay: number;
  /** lr / (1 - β₁ˢ). */
  readonly stepSize: number;
  /** √(1 - β₂ˢ). */
  readonly deviation: number;
}

/**
 * Bias corrections and decay of update number `step`.
 * Powers are products, not `Math.pow`, whose last bit may differ between JavaScript engines.
 * Source: PyTorch's `torch.optim.AdamW`.
 */
export function adamWFactors({ lr, step, weightDecay }: AdamWOptions): AdamWFactors {
  return {
    decay: 1 - lr * weightDecay,
    stepSize: lr / (1 - power(adamW.beta1, step)),
    deviation: Math.sqrt(1 - power(adamW.beta2, step)),
  };
}

function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
