import { nodeCodec } from '../checkpoint/codec-node.js';
import { readTestSet } from '../checkpoint/test-set.js';
import { toFloat64 } from '../tensor/decode.js';
import type { ServedSequences } from './served-run.js';

/** Enough to choose from; the whole set may hold thousands. */
const mostSequences = 50;

/** The first sequences of a test set, as plain numbers. @throws CheckpointError when the bytes are no test set */
export function sequencesOf(bytes: Uint8Array, file: string): ServedSequences {
  const { tokens, lengths, starts } = readTestSet(bytes, file, nodeCodec);
  const [count = 0, length = 0] = tokens.shape;
  const kept = Math.min(count, mostSequences);
  const rows = (values: Float64Array, width: number): number[][] =>
    Array.from({ length: kept }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
  return {
    tokens: rows(toFloat64(tokens), length),
    lengths: [...toFloat64(lengths).subarray(0, kept)],
    starts: starts === null ? null : rows(toFloat64(starts), 2),
  };
}
