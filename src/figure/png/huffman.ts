/** A prefix code: how many bits each symbol takes (0: it does not occur), and those bits, first bit lowest. */
export interface PrefixCode {
  readonly lengths: Uint8Array;
  readonly bits: Uint16Array;
}

/**
 * Huffman's code for symbols that occur so often, in DEFLATE's canonical form, with no code longer than `limit`.
 * At least one symbol must occur; a symbol that occurs alone takes one bit.
 * Source: RFC 1951 section 3.2.2; lengths are limited by flattening the counts until they fit.
 */
export function prefixCode(counts: Uint32Array, limit: number): PrefixCode {
  let weights = counts;
  let lengths = huffmanLengths(weights);
  while (lengths.some((length) => length > limit)) {
    weights = weights.map((weight) => (weight === 0 ? 0 : (weight >>> 1) + 1));
    lengths = huffmanLengths(weights);
  }
  return { lengths, bits: canonicalBits(lengths) };
}

function huffmanLengths(weights: Uint32Array): Uint8Array {
  const symbols = [...weights.keys()].filter((symbol) => weights[symbol] !== 0);
  symbols.sort((a, b) => weights[a]! - weights[b]! || a - b);
  const lengths = new Uint8Array(weights.length);
  const count = symbols.length;
  if (count === 1) lengths[symbols[0]!] = 1;
  if (count < 2) return lengths;

  // Nodes 0 … count-1 are the symbols, lightest first; joined nodes follow and are made in order of weight, so that the
  // lightest two are always at the front of one of the two queues.
  const weight = Float64Array.from({ length: 2 * count - 1 }, (_, at) => weights[symbols[at] ?? -1] ?? 0);
  const parent = new Uint32Array(2 * count - 1);
  let leaf = 0;
  let joint = count;
  for (let made = count; made < 2 * count - 1; made++) {
    for (let side = 0; side < 2; side++) {
      const takeLeaf = leaf < count && (joint === made || weight[leaf]! <= weight[joint]!);
      const node = takeLeaf ? leaf++ : joint++;
      weight[made]! += weight[node]!;
      parent[node] = made;
    }
  }
  const depth = new Uint8Array(2 * count - 1);
  for (let node = 2 * count - 3; node >= 0; node--) depth[node] = depth[parent[node]!]! + 1;
  symbols.forEach((symbol, at) => {
    lengths[symbol] = depth[at]!;
  });
  return lengths;
}

function canonicalBits(lengths: Uint8Array): Uint16Array {
  const next = new Uint16Array(17);
  for (const length of lengths) if (length > 0) next[length + 1]!++;
  // next[n] becomes the first code of length n.
  let code = 0;
  for (let length = 1; length <= 16; length++) {
    code = (code + next[length]!) << 1;
    next[length] = code;
  }
  return Uint16Array.from(lengths, (length) => (length === 0 ? 0 : reversed(next[length]!++, length)));
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result |= ((code >>> bit) & 1) << (length - 1 - bit);
  return result;
}
