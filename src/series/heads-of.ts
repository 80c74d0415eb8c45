/** The heads that a row is about, as `layer.head`. */
export interface HeadsOfRow {
  readonly writer: string | null;
  readonly reader: string | null;
}

/**
 * The heads that the column `of` names: `0.1>2.3` has a writer and a reader, `0.1` is a head that a measure of one head
 * is of, which stands as writer; whatever else there is (`W_q`, layers such as `4>5`) has neither.
 */
export function headsOf(of: string): HeadsOfRow {
  const match = /^(\d+\.\d+)(?:>(\d+\.\d+))?$/.exec(of);
  return { writer: match?.[1] ?? null, reader: match?.[2] ?? null };
}
