/** Bytes from one up to, and without, another. */
export type Range = readonly [from: number, to: number];

/** A set of bytes of a file, as ranges that neither touch nor overlap, in order. */
export class Ranges {
  readonly #list: [number, number][] = [];

  constructor(ranges: Iterable<Range> = []) {
    for (const [from, to] of ranges) this.add(from, to);
  }

  add(from: number, to: number): void {
    if (to <= from) return;
    const list = this.#list;
    const first = this.#firstTouching(from);
    let last = first;
    let start = from;
    let end = to;
    for (let next = list[last]; next !== undefined && next[0] <= to; next = list[last]) {
      start = Math.min(start, next[0]);
      end = Math.max(end, next[1]);
      last++;
    }
    list.splice(first, last - first, [start, end]);
  }

  /** What of some bytes is not in the set. */
  lacking(from: number, to: number): Range[] {
    const gaps: Range[] = [];
    let at = from;
    for (let index = this.#firstTouching(from); at < to; index++) {
      const [start, end] = this.#list[index] ?? [to, to];
      if (start > at) gaps.push([at, Math.min(start, to)]);
      at = Math.max(at, end);
    }
    return gaps;
  }

  /** How many bytes are in the set. */
  get count(): number {
    return this.#list.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  [Symbol.iterator](): Iterator<Range> {
    return this.#list[Symbol.iterator]();
  }

  /** Of the ranges that end at `from` or after it, the first. */
  #firstTouching(from: number): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle]?.[1] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
