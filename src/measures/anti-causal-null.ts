/** What chance looks like for a measure of pairs, and how far the model's pairs are from it. */
export interface AntiCausalNull {
  /** Pairs that the null is made of. */
  readonly count: number;
  readonly q05: number;
  readonly q50: number;
  readonly q95: number;
  readonly q99: number;
  /** By pair as `values`; NaN where a pair is not causal or has no value. */
  readonly p: Float64Array;
  /** Benjamini–Hochberg over all causal pairs. */
  readonly q: Float64Array;
}

/** Heads of a model in order, layer by layer. */
interface Grid {
  readonly layers: number;
  readonly heads: number;
}

/**
 * Holds causal pairs (the writer in an earlier layer) against anti-causal ones, whose "writer" stands in the reader's layer or
 * a later one: they have the same kind of weights and cannot compose.
 * p = (1 + null values at least as strong)/(1 + null values); q = min over p' ≥ p of p'·M/rank(p') for M causal pairs.
 * @param values reader·N + writer for N heads; NaN where there is none
 * @param strongest which end of the values means a strong pair
 * @returns undefined where there is no null, or but one pair to hold against it
 * Source: MODELS section 3; Benjamini and Hochberg 1995; Phipson and Smyth 2010 for the 1 in p.
 */
export function antiCausalNull(
  values: Float64Array,
  { layers, heads }: Grid,
  strongest: 'highest' | 'lowest',
): AntiCausalNull | undefined {
  const total = layers * heads;
  const sign = strongest === 'highest' ? 1 : -1;
  const chance: number[] = [];
  const causal: number[] = [];
  for (let reader = 0; reader < total; reader++) {
    const firstAntiCausal = reader - (reader % heads);
    for (let writer = 0; writer < total; writer++) {
      const at = reader * total + writer;
      if (Number.isNaN(values[at]!)) continue;
      if (writer < firstAntiCausal) causal.push(at);
      else chance.push(sign * values[at]!);
    }
  }
  if (causal.length < 2 || chance.length === 0) return undefined;
  const sorted = Float64Array.from(chance).sort();
  const p = new Float64Array(values.length).fill(Number.NaN);
  for (const at of causal) {
    const asStrong = sorted.length - firstAtLeast(sorted, sign * values[at]!);
    p[at] = (1 + asStrong) / (1 + sorted.length);
  }
  const quantile = (share: number) => sign * quantileOf(sorted, sign > 0 ? share : 1 - share);
  return {
    count: sorted.length,
    q05: quantile(0.05),
    q50: quantile(0.5),
    q95: quantile(0.95),
    q99: quantile(0.99),
    p,
    q: adjusted(p, causal),
  };
}

function adjusted(p: Float64Array, causal: readonly number[]): Float64Array {
  const order = Int32Array.from(causal).sort((a, b) => p[a]! - p[b]! || a - b);
  const q = new Float64Array(p.length).fill(Number.NaN);
  let least = 1;
  for (let rank = order.length; rank > 0; rank--) {
    const at = order[rank - 1]!;
    least = Math.min(least, (p[at]! * order.length) / rank);
    q[at] = least;
  }
  return q;
}

/** The first place whose value is at least `value`. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By linear interpolation between neighbours, as numpy's default. */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
