import type { SequenceReading } from './read-sequence.js';

/** How much of a head's attention on one sequence follows the two patterns that make an induction circuit; shares of 1. */
export interface HeadPattern {
  /** Mean attention of a token to the one before it. */
  readonly previous: number;
  /**
   * Mean attention from the second copy, at the positions whose next token the rule determines, to the token after the
   * same one in the first copy; null where the sequence has no copies.
   */
  readonly induction: number | null;
}

/**
 * Previous-token and induction score of every head, layers×heads, on one sequence.
 * previous = mean A[i, i-1]; induction = mean A[i, i - (start₂ - start₁) + 1] over i in the second copy but its last.
 * Source: Olsson et al., "In-context learning and induction heads", 2022 (prefix matching).
 */
export function headPatterns({
  attention,
  tokens,
  copies,
}: Pick<SequenceReading, 'attention' | 'tokens' | 'copies'>): HeadPattern[] {
  const n = tokens.length;
  return Array.from({ length: attention.length / (n * n) }, (_, map) => {
    const at = (query: number, key: number) => attention[(map * n + query) * n + key] ?? 0;
    let previous = 0;
    for (let i = 1; i < n; i++) previous += at(i, i - 1) / (n - 1);
    if (copies === null || copies.length < 2) return { previous, induction: null };
    const [first, second] = copies.starts;
    let induction = 0;
    for (let place = 0; place < copies.length - 1; place++) {
      induction += at(second + place, first + place + 1) / (copies.length - 1);
    }
    return { previous, induction };
  });
}
