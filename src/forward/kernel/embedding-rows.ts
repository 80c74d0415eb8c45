import type { ModelWeights } from '../../model/weights.js';
import { decodeRows } from '../../tensor/decode-rows.js';

/** Bytes that are read in the time of one more request: in Chromium, where a request takes 0.6 ms. */
const worthReading = 256 * 1024;

/** Bytes of a request that takes several rows. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The embedding's rows of some tokens, before `embeddingScale`, by token. Rows that stand near each other in the file
 * are read together.
 */
export function embeddingRows(weights: ModelWeights, tokens: Iterable<number>): Map<number, Float32Array> {
  const { width } = weights.architecture;
  const rows = new Map<number, Float32Array>();
  for (const { from, last, tokens: near } of nearGroups(new Set(tokens), width * 4)) {
    const values = new Float32Array(near.length * width);
    const selection = { rows: Int32Array.from(near, (token) => token - from), from: 0, count: near.length };
    decodeRows(weights.embedding(from, last - from + 1), selection, values);
    near.forEach((token, at) => void rows.set(token, values.subarray(at * width, (at + 1) * width)));
  }
  return rows;
}

interface Group {
  readonly from: number;
  last: number;
  readonly tokens: number[];
}

/** Tokens in ascending order, apart where the rows between two are more than what is worth reading. */
function nearGroups(tokens: ReadonlySet<number>, rowBytes: number): Group[] {
  const groups: Group[] = [];
  for (const token of [...tokens].sort((a, b) => a - b)) {
    const group = groups.at(-1);
    const isNear =
      group !== undefined &&
      (token - group.last - 1) * rowBytes <= worthReading &&
      (token - group.from + 1) * rowBytes <= mostBytes;
    if (!isNear) groups.push({ from: token, last: token, tokens: [token] });
    else {
      group.last = token;
      group.tokens.push(token);
    }
  }
  return groups;
}
