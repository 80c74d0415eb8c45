/** Numbers as runs: `values[i]` holds for all places before `ends[i]` that no run before has. */
export interface Runs<Value = number> {
  readonly values: readonly Value[];
  readonly ends: readonly number[];
}

/**
 * Reads Parquet's hybrid of runs and bit-packed groups as the runs that it is made of, so that a long run costs one step.
 * @param bitWidth of the numbers, 1 to 24   @param count how many numbers there are
 * @returns undefined when the bytes do not hold them
 * Source: Parquet format, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
 */
export function readRunLengths(bytes: Uint8Array, bitWidth: number, count: number): Runs | undefined {
  if (!(bitWidth >= 1 && bitWidth <= 24)) return undefined;
  const values: number[] = [];
  const ends: number[] = [];
  const add = (value: number, end: number) => {
    const last = values.length - 1;
    if (values[last] === value) ends[last] = end;
    else {
      values.push(value);
      ends.push(end);
    }
  };
  const mask = (1 << bitWidth) - 1;
  let at = 0;
  for (let place = 0; place < count; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 21) return undefined;
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const length = header >>> 1;
    if (length === 0) return undefined;
    if ((header & 1) === 0) {
      let value = 0;
      for (let bit = 0; bit < bitWidth; bit += 8) value |= (bytes[at++] ?? 0) << bit;
      if (at > bytes.length || value > mask) return undefined;
      place = Math.min(count, place + length);
      add(value, place);
      continue;
    }
    if (at + length * bitWidth > bytes.length) return undefined;
    const end = Math.min(count, place + 8 * length);
    let bits = 0;
    let held = 0;
    let from = at;
    while (place < end) {
      for (; held < bitWidth; held += 8) bits |= bytes[from++]! << held;
      add(bits & mask, ++place);
      bits >>>= bitWidth;
      held -= bitWidth;
    }
    at += length * bitWidth;
  }
  return { values, ends };
}
