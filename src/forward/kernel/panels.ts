/** Activations of all tokens in panels of eight: feature c of token t is number (t >> 3)·8·features + 8c + (t & 7). */
export interface Panels {
  /** Address of the first panel. */
  readonly at: number;
  readonly features: number;
}

/** Bytes from one panel to the next. */
export function panelBytes({ features }: Panels): number {
  return features * 32;
}

/** Panels of eight that hold so many tokens. */
export function panelCount(tokens: number): number {
  return Math.ceil(tokens / 8);
}

/** Writes the features of a token. @param values the machine's numbers from the first panel on */
export function writeToken(
  values: Float32Array,
  features: number,
  token: number,
  row: ArrayLike<number>,
): void {
  let at = (token >> 3) * 8 * features + (token & 7);
  for (let c = 0; c < features; c++, at += 8) values[at] = row[c]!;
}

/** Reads the features of a token into `row`. */
export function readToken(values: Float32Array, features: number, token: number, row: Float32Array): void {
  let at = (token >> 3) * 8 * features + (token & 7);
  for (let c = 0; c < features; c++, at += 8) row[c] = values[at]!;
}
