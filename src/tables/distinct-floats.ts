/** Numbers as runs of values that stand once each: number after number, `counts[i]` times `values[indexes[i]]`. */
export interface DistinctFloats {
  readonly values: Float64Array;
  readonly indexes: Int32Array;
  readonly counts: Int32Array;
}

/** As many as make a page of 128 kB, which stays in the cache; the hash table has twice the room. */
const mostValues = 1 << 14;
const slotBits = 15;

/**
 * Finds the distinct values of a column, in the order of their first use and compared by their bits (0 is not -0).
 * @returns undefined where most of them are distinct: more than a quarter, or more than 16384
 */
export function distinctFloats(numbers: Float64Array): DistinctFloats | undefined {
  const most = Math.min(mostValues, numbers.length >> 2);
  const values = new Float64Array(most);
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
  const valueBits = new Int32Array(values.buffer);
  const indexes = new Int32Array(numbers.length);
  const counts = new Int32Array(numbers.length);
  // Index + 1 of the value that hashes there, 0 where none does; the next free slot takes collisions.
  const slots = new Int32Array(1 << slotBits);
  let length = 0;
  let runs = 0;
  for (let at = 0; at < bits.length; ) {
    const low = bits[at]!;
    const high = bits[at + 1]!;
    const from = at;
    do at += 2;
    while (at < bits.length && bits[at] === low && bits[at + 1] === high);

    let slot = Math.imul(Math.imul(low, 0x85eb_ca6b) ^ high, 0x9e37_79b1) >>> (32 - slotBits);
    let index = slots[slot]! - 1;
    while (index >= 0 && (low !== valueBits[2 * index] || high !== valueBits[2 * index + 1])) {
      slot = (slot + 1) & ((1 << slotBits) - 1);
      index = slots[slot]! - 1;
    }
    if (index < 0) {
      if (length === most) return undefined;
      index = length++;
      slots[slot] = length;
      values[index] = numbers[from / 2]!;
    }
    indexes[runs] = index;
    counts[runs++] = (at - from) / 2;
  }
  return {
    values: values.subarray(0, length),
    indexes: indexes.subarray(0, runs),
    counts: counts.subarray(0, runs),
  };
}
