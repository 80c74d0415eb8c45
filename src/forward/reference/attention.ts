import { type Architecture, keyHeadOf } from '../../model/architecture.js';

/** Queries, keys and values of one sequence after clipping, norms and rotation. */
export interface Projections {
  /** T×(heads·h) */
  readonly query: Float64Array;
  /** T×(keyHeads·h) */
  readonly key: Float64Array;
  /** T×(keyHeads·h) */
  readonly value: Float64Array;
}

/** Bias of scores by head, query and key position; `size` positions a side. */
export interface ScoreBias {
  readonly values: Float64Array;
  readonly size: number;
}

/**
 * Attention of one sequence: query i sees the keys j ≤ i, and with a window those with i - j < window.
 * score = scale·q_i·k_j + bias_ij, then c·tanh(score/c) with a softcap; weights are the softmax over the seen keys,
 * or the scores themselves under linear attention; out_i = Σ_j weight_ij·v_j.
 * @returns `out` T×(heads·h), `weights` heads×T×T
 */
export function attend(
  { query, key, value }: Projections,
  architecture: Architecture,
  window: number | null,
  bias: ScoreBias | null,
): { out: Float64Array; weights: Float64Array } {
  const { heads, keyHeads, headWidth: h } = architecture;
  const { kind, scale, softcap } = architecture.attention;
  const length = query.length / (heads * h);
  const out = new Float64Array(query.length);
  const weights = new Float64Array(heads * length * length);
  for (let head = 0; head < heads; head++) {
    const group = keyHeadOf(architecture, head);
    for (let i = 0; i < length; i++) {
      const row = weights.subarray((head * length + i) * length, (head * length + i + 1) * length);
      const q = (i * heads + head) * h;
      const first = window === null ? 0 : Math.max(0, i - window + 1);
      for (let j = first; j <= i; j++) {
        const k = (j * keyHeads + group) * h;
        let score = 0;
        for (let c = 0; c < h; c++) score += query[q + c]! * key[k + c]!;
        score *= scale;
        if (bias) score += bias.values[(head * bias.size + i) * bias.size + j]!;
        row[j] = softcap === null ? score : softcap * Math.tanh(score / softcap);
      }
      if (kind === 'softmax') softmax(row.subarray(first, i + 1));
      for (let j = first; j <= i; j++) {
        const v = (j * keyHeads + group) * h;
        for (let c = 0; c < h; c++) out[q + c]! += row[j]! * value[v + c]!;
      }
    }
  }
  return { out, weights };
}

function softmax(row: Float64Array): void {
  const largest = row.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    row[j] = Math.exp(row[j]! - largest);
    sum += row[j]!;
  }
  for (let j = 0; j < row.length; j++) row[j]! /= sum;
}
