import { InputError } from '../errors.js';
import type { ModelConfig } from './config.js';

/**
 * Checks a batch of tokens and counts its sequences.
 * @param tokens N×T, row-major   @returns N
 * @throws InputError when the count is not a multiple of T, or a token is not a whole number below vocab_size
 */
export function countSequences(tokens: ArrayLike<number>, config: ModelConfig): number {
  const { max_seq_len: length, vocab_size: size } = config;
  if (tokens.length % length !== 0) {
    throw new InputError(
      `tokens: expected whole sequences of max_seq_len ${length}, found ${tokens.length} tokens; cut or pad them`,
    );
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (!(token >= 0 && token < size && Number.isInteger(token))) {
      throw new InputError(
        `tokens: expected whole numbers from 0 to ${size - 1}, found ${token} at position ${i % length} of sequence ${Math.floor(i / length)}`,
      );
    }
  }
  return tokens.length / length;
}
