/** How values under chance are distributed, where only the p-values that they give to other values are known. */
export interface NullShares {
  /** Values that chance is made of. */
  readonly count: number;
  /** The share of them in each of equal steps from `low` to `high`; values beyond an end count in the outermost step. */
  shares(bins: number, low: number, high: number): Float64Array;
}

/**
 * The distribution of anti-causal pairs from the p-values of the causal ones. Since p = (1 + null values at least as strong)/(1
 * + null values), every causal pair counts the null values beyond its own: thousands of pairs give thousands of points of
 * the null's distribution, between which it is taken to be even.
 * @param values of causal pairs   @param p their p-values, NaN where there is none   @param count null values
 */
export function nullShares(
  values: Float64Array,
  p: Float64Array,
  count: number,
  strongest: 'highest' | 'lowest',
): NullShares | undefined {
  const known = [...values.keys()].filter((at) => Number.isFinite(values[at]) && Number.isFinite(p[at]));
  if (known.length === 0 || !(count > 0)) return undefined;
  known.sort((a, b) => values[a]! - values[b]!);
  const places = known.map((at) => values[at]!);
  // Null values above each, as a share of all.
  const above = known.map((at) => {
    const asStrong = Math.round((1 + count) * p[at]!) - 1;
    return (strongest === 'highest' ? asStrong : count - asStrong) / count;
  });
  return {
    count,
    shares: (bins, low, high) => {
      const found = new Float64Array(bins);
      let next = 0;
      let before = 1;
      for (let bin = 0; bin < bins; bin++) {
        const edge = low + ((high - low) * (bin + 1)) / bins;
        while (next < places.length && places[next]! < edge) next++;
        const beyond = bin === bins - 1 ? 0 : between(places, above, next, edge, [low, high]);
        found[bin] = Math.max(0, before - beyond);
        before = Math.min(before, beyond);
      }
      return found;
    },
  };
}

/** The share above a value between two that are known; all lie above the low end, none above the high one. */
function between(
  places: readonly number[],
  above: readonly number[],
  next: number,
  value: number,
  [low, high]: readonly [number, number],
): number {
  const [x0, y0] = next === 0 ? [low, 1] : [places[next - 1]!, above[next - 1]!];
  const [x1, y1] = next === places.length ? [high, 0] : [places[next]!, above[next]!];
  return x1 > x0 ? y0 + ((value - x0) / (x1 - x0)) * (y1 - y0) : y1;
}
