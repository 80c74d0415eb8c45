import type { NormRule } from '../../model/architecture.js';
import type { NormWeights } from '../../model/weights.js';

/**
 * LayerNorm or RMSNorm of every row of d numbers: gain·(x - mean)/√(variance + ε) + shift, the population's variance;
 * RMSNorm takes no mean off: gain·x/√(mean x² + ε) + shift.
 * @param x rows×d   @returns rows×d, a fresh array
 */
export function normalize(x: Float64Array, d: number, rule: NormRule, weights: NormWeights): Float64Array {
  const y = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += d) {
    let mean = 0;
    if (rule.kind === 'layer') {
      for (let i = 0; i < d; i++) mean += x[at + i]!;
      mean /= d;
    }
    let squares = 0;
    for (let i = 0; i < d; i++) squares += (x[at + i]! - mean) ** 2;
    const deviation = Math.sqrt(squares / d + rule.epsilon);
    for (let i = 0; i < d; i++) {
      const scaled = ((x[at + i]! - mean) / deviation) * (weights.gain?.[i] ?? 1);
      y[at + i] = scaled + (weights.shift?.[i] ?? 0);
    }
  }
  return y;
}
