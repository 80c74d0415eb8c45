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
  const isCausal = (at: number) => at % total < Math.floor(at / total / heads) * heads;
  /** How strong the pairs of one kind are, in order. */
  const strengths = (ofCausal: boolean): Float64Array => {
    const found = new Float64Array(values.length);
    let count = 0;
    values.forEach((value, at) => {
      if (isCausal(at) === ofCausal && !Number.isNaN(value)) found[count++] = sign * value;
    });
    return found.slice(0, count).sort();
  };
  const [chance, causal] = [strengths(false), strengths(true)];
  if (causal.length < 2 || chance.length === 0) return undefined;
  const pOf = (strength: number) =>
    (1 + chance.length - firstAtLeast(chance, strength)) / (1 + chance.length);
  const adjusted = adjust(causal.map(pOf));
  const ofCausal = (of: (strength: number) => number) =>
    values.map((value, at) => (isCausal(at) && !Number.isNaN(value) ? of(sign * value) : Number.NaN));
  const quantile = (share: number) => sign * quantileOf(chance, sign > 0 ? share : 1 - share);
  return {
    count: chance.length,
    q05: quantile(0.05),
    q50: quantile(0.5),
    q95: quantile(0.95),
    q99: quantile(0.99),
    p: ofCausal(pOf),
    q: ofCausal((strength) => adjusted[firstAtLeast(causal, strength)]!),
  };
}

/**
 * q-values of descending p-values, in their order. Equal p-values, as of pairs of equal strength, have the q-value of the
 * last of them by rank.
 */
function adjust(p: Float64Array): Float64Array {
  let least = 1;
  return p.map((value, at) => {
    least = Math.min(least, (value * p.length) / (p.length - at));
    return least;
  });
}

/** The first place of ascending numbers whose value is at least `value`. */
export function firstAtLeast(sorted: Float64Array, value: number): number {
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
