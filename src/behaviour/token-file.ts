import { InputError, showValue } from '../errors.js';

/** Sequences of token ids; their lengths may differ. */
export type TokenSequences = readonly Int32Array[];

/** A file of more numbers is most likely not meant as tokens. */
const mostTokens = 1 << 24;

/**
 * Reads sequences of token ids from JSON: an array of arrays, one array for a single sequence, or an object that has either
 * as `input_ids`, as tokenizers print it.
 * @param json the parsed file   @param file named in errors
 * @throws InputError for anything else, and for what is no whole number from 0
 */
export function parseTokens(json: unknown, file: string): TokenSequences {
  const found = isRecord(json) && Object.hasOwn(json, 'input_ids') ? json['input_ids'] : json;
  if (!Array.isArray(found) || found.length === 0) {
    throw new InputError(
      `${file}: expected token ids, [[1, 2, …], …] or {"input_ids": …}, found ${showValue(json)}`,
    );
  }
  const sequences: readonly unknown[] = Array.isArray(found[0]) ? found : [found];
  let total = 0;
  return sequences.map((sequence, at) => {
    if (!Array.isArray(sequence) || sequence.length === 0) {
      throw new InputError(
        `${file}: expected sequence ${at} to be a list of token ids, found ${showValue(sequence)}`,
      );
    }
    total += sequence.length;
    if (total > mostTokens) {
      throw new InputError(`${file}: has more than ${mostTokens} token ids; split it into several files`);
    }
    const wrong = sequence.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < 2 ** 31));
    if (wrong !== -1) {
      throw new InputError(
        `${file}: expected whole numbers from 0, found ${showValue(sequence[wrong])} at position ${wrong} of sequence ${at}`,
      );
    }
    return Int32Array.from(sequence as number[]);
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
