import { InputError, showValue } from '../errors.js';

/** More text than any sequence needs; the check is on every key stroke. */
const longestText = 1_000_000;

/**
 * Tokens that a reader typed, as whole numbers between spaces or commas.
 * @returns as many as were typed: what is missing to T is padded where the model needs it, which a causal model never sees
 * @throws InputError that names the first token that is wrong, or the length
 */
export function parseSequence(
  text: string,
  config: { readonly vocab_size: number; readonly max_seq_len: number },
): Int32Array<ArrayBuffer> {
  const { vocab_size: size, max_seq_len: most } = config;
  if (text.length > longestText) throw new InputError(`expected at most ${most} tokens, found far more`);
  const words = text.split(/[\s,;[\]()]+/u).filter((word) => word !== '');
  for (const [at, word] of words.entries()) {
    if (!/^\d{1,7}$/.test(word) || Number(word) >= size) {
      throw new InputError(
        `token ${at + 1} is ${showValue(word)}: expected a whole number from 0 to ${size - 1}`,
      );
    }
    if (at >= most) break;
  }
  if (words.length < 2) {
    throw new InputError(`expected at least 2 tokens, found ${words.length}: there is nothing to predict`);
  }
  if (words.length > most) {
    throw new InputError(
      `expected at most max_seq_len = ${most} tokens, found ${words.length}; delete ${words.length - most}`,
    );
  }
  return Int32Array.from(words, Number);
}
