/** Where the rows of query, key or value heads stand in a matrix of a file. */
export interface HeadRows {
  /** Number of heads. */
  readonly heads: number;
  /** h, rows a head. */
  readonly width: number;
  /** First row of a head. */
  readonly firstRow: (head: number) => number;
  /** m, how many first dimensions of a head are rotated with dimension i paired with i + m/2 (0 for none). */
  readonly rotated: number;
}

/**
 * Rows head by head, with rotated dimensions in adjacent pairs: i and i + m/2 of the file become 2i and 2i + 1. Queries and
 * keys in the same order have the same products.
 */
export function headRows({ heads, width, firstRow, rotated }: HeadRows): Int32Array {
  const order = pairedOrder(width, rotated);
  const rows = new Int32Array(heads * width);
  for (let head = 0; head < heads; head++) {
    for (let dimension = 0; dimension < width; dimension++) {
      rows[head * width + dimension] = firstRow(head) + order[dimension]!;
    }
  }
  return rows;
}

/** The dimension of the file that stands at each place of a head's order with adjacent pairs. */
export function pairedOrder(width: number, rotated: number): Int32Array {
  return Int32Array.from({ length: width }, (_, place) => {
    if (place >= rotated) return place;
    return place % 2 === 0 ? place / 2 : (place - 1) / 2 + rotated / 2;
  });
}
