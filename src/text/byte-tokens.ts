import { InputError } from '../errors.js';
import type { TextTokens } from './text-tokens.js';

/** Ids from 256 on are special ones, of which a model has few. */
const most = 320;

/** Whether tokens of a model without a tokenizer can be bytes, by the size of its vocabulary. */
export function hasByteVocabulary(vocabSize: number): boolean {
  return vocabSize >= 256 && vocabSize <= most;
}

/** Tokens that are the bytes of UTF-8. */
export const byteTokens: TextTokens = {
  kind: 'bytes',
  encode(text) {
    if (text === '') throw new InputError('the text is empty and makes no tokens; give some text');
    return Int32Array.from(new TextEncoder().encode(text));
  },
  show: (id) => (id < 0x80 ? String.fromCharCode(id) : `<${id.toString(16).padStart(2, '0').toUpperCase()}>`),
  special: new Set(Array.from({ length: most - 256 }, (_, at) => 256 + at)),
};
