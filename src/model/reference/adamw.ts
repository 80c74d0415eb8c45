import { adamW, adamWFactors } from '../adamw.js';
import type { AdamWOptions } from '../engine.js';

/**
 * Updates the parameters from `from` to before `to`.
 * p ← p·(1 - lr·wd); m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; p ← p - lr/(1-β₁ˢ) · m / (√v/√(1-β₂ˢ) + ε)
 * Source: PyTorch's `torch.optim.AdamW`.
 */
export function updateAdamW(
  parameters: Float64Array,
  gradients: Float64Array,
  moments: { readonly m: Float64Array; readonly v: Float64Array },
  from: number,
  to: number,
  options: AdamWOptions,
): void {
  const { beta1, beta2, epsilon } = adamW;
  const { decay, stepSize, deviation } = adamWFactors(options);
  const { m, v } = moments;
  for (let i = from; i < to; i++) {
    const g = gradients[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    parameters[i] = parameters[i]! * decay - (stepSize * m[i]!) / (Math.sqrt(v[i]!) / deviation + epsilon);
  }
}
