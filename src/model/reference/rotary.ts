/**
 * Rotates, in place, adjacent pairs (2i, 2i+1) of every head by the angle direction·m·θ^(-2i/width) at position m.
 * @param x T×(heads·width)   @param direction 1 forward; -1 undoes it, which is also its backward pass
 * Source: the published `apply_rotary_emb`.
 */
export function rotate(
  x: Float64Array,
  heads: number,
  width: number,
  theta: number,
  direction: 1 | -1,
): Float64Array {
  const d = heads * width;
  for (let at = 0; at < x.length; at += 2) {
    const position = Math.floor(at / d);
    const pair = (at % d) % width;
    const angle = direction * position * theta ** (-pair / width);
    const a = x[at]!;
    const b = x[at + 1]!;
    x[at] = Math.cos(angle) * a - Math.sin(angle) * b;
    x[at + 1] = Math.sin(angle) * a + Math.cos(angle) * b;
  }
  return x;
}
