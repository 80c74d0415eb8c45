/** Where a sequence repeats itself: two runs of `length` equal tokens that do not overlap. */
export interface Copies {
  readonly length: number;
  readonly starts: readonly [number, number];
  /** Whether copies follow one another to the end, as in simple repetition: then all after the first are asked for. */
  readonly endless?: boolean;
}

/**
 * The longest stretch of a sequence that comes again later, the first of equally long ones.
 * O(T²) by the lengths of common suffixes of all pairs of positions.
 * @param least shorter ones do not count: in a small vocabulary chance repeats two or three tokens
 */
export function longestRepeat(tokens: ArrayLike<number>, least: number): Copies | null {
  const count = tokens.length;
  let best: Copies | null = null;
  // suffix[j]: how many tokens before and at j equal those before and at i.
  let suffix = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const next = new Int32Array(count);
    for (let j = i + 1; j < count; j++) {
      if (tokens[i] !== tokens[j]) continue;
      next[j] = Math.min((j === 0 || i === 0 ? 0 : suffix[j - 1]!) + 1, j - i);
      const length = next[j]!;
      if (length >= least && length > (best?.length ?? 0)) {
        best = { length, starts: [i - length + 1, j - length + 1] };
      }
    }
    suffix = next;
  }
  return best;
}
