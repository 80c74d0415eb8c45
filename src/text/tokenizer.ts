import { Tokenizer } from '@huggingface/tokenizers';
import { InputError, showValue } from '../errors.js';
import type { TextTokens } from './text-tokens.js';

/** The parsed files of a tokenizer, and what errors call them. */
export interface TokenizerFiles {
  /** `tokenizer.json`. */
  readonly tokenizer: unknown;
  /** `tokenizer_config.json`; an empty object where there is none. */
  readonly config: unknown;
  readonly file: string;
}

/** A tokenizer with fewer tokens than this share of the model's vocabulary belongs to another model: vocabularies are padded by little. */
const leastShare = 0.5;

/**
 * The tokenizer of a model.
 * @throws InputError where the file is none, asks for what is not known here, or belongs to another model
 */
export function tokenizerOf({ tokenizer, config, file }: TokenizerFiles, vocabSize: number): TextTokens {
  const own = opened(tokenizer, config, file);
  const ids = [...own.get_vocab().values()];
  const largest = ids.reduce((most, id) => Math.max(most, id), -1);
  if (largest >= vocabSize || ids.length < leastShare * vocabSize) {
    throw new InputError(
      `${file}: has ${ids.length} tokens with ids up to ${largest}, but the model's vocabulary is ${vocabSize}; it belongs to another model, put the model's own there`,
    );
  }
  const special = new Set(
    [...own.get_added_tokens_decoder()].flatMap(([id, token]) => (token.special ? [id] : [])),
  );
  return {
    kind: 'tokenizer',
    special,
    encode(text) {
      const found: readonly number[] = trying(file, () => own.encode(text).ids);
      const isText = found.some((id) => !special.has(id));
      if (found.length === 0 || (text === '' && !isText)) {
        throw new InputError(`the text ${showValue(text)} makes no tokens; give some text`);
      }
      const wrong = found.findIndex((id) => !Number.isInteger(id));
      if (wrong !== -1) {
        throw new InputError(
          `${file}: has no token for a part of the text (at token ${wrong}); use other characters, or give ids`,
        );
      }
      return Int32Array.from(found);
    },
    show: (id) => shown(own, id, special),
  };
}

function opened(tokenizer: unknown, config: unknown, file: string): Tokenizer {
  const isObject = typeof tokenizer === 'object' && tokenizer !== null && !Array.isArray(tokenizer);
  if (!isObject || !('model' in tokenizer)) {
    throw new InputError(
      `${file}: expected a tokenizer with a model, found ${showValue(tokenizer)}; download it again`,
    );
  }
  // Parts that a tokenizer does without may be missing.
  const parts = {
    ...{ normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] },
    ...tokenizer,
  };
  return trying(file, () => new Tokenizer(parts, config as object));
}

/** @throws InputError for whatever the tokenizer's own program throws */
function trying<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new InputError(
      `${file}: cannot be used (${(error as Error).message}); give token ids with --tokens instead, or download it again`,
      { cause: error },
    );
  }
}

function shown(tokenizer: Tokenizer, id: number, special: ReadonlySet<number>): string {
  const name = tokenizer.id_to_token(id);
  if (name === undefined) return `<${id}>`;
  if (special.has(id)) return name;
  // A decoder drops the space before the first word of a text, which is a token's own here.
  if (name.includes('▁')) return name.replaceAll('▁', ' ');
  const text = tokenizer.decode([id], { clean_up_tokenization_spaces: false });
  return text === '' || text.includes('\ufffd') ? name : text;
}
