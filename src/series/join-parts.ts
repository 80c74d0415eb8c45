/** Numbers of several lists, one list after the other. */
export function joinParts(parts: readonly ArrayLike<number>[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  for (const part of parts) {
    out.set(part, from);
    from += part.length;
  }
  return out;
}
