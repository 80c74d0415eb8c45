import { dirname, join } from 'node:path';
import { InputError } from '../errors.js';
import { readSmallFile, statusOf } from '../files/folder-listing.js';
import type { ModelStep, OpenedModel } from '../run/open-model.js';
import { parsePythonJson } from '../run/python-json.js';
import { byteTokens, hasByteVocabulary } from './byte-tokens.js';
import type { TextTokens } from './text-tokens.js';

const tokenizerName = 'tokenizer.json';

/** Those of large vocabularies take some 30 MB. */
const largestTokenizer = 1 << 27;

/**
 * How text becomes tokens of a model: by the `tokenizer.json` beside its weights, or beside those folders for a series; where
 * there is none, byte by byte if its vocabulary is that of bytes.
 * @returns undefined for a model that takes token ids alone
 * @throws InputError where there is a tokenizer that cannot be used
 */
export async function openText(model: OpenedModel, step: ModelStep): Promise<TextTokens | undefined> {
  const { vocabSize } = model.architecture;
  const folder = dirname(step.path);
  const path = [folder, model.path]
    .map((place) => join(place, tokenizerName))
    .find((file) => statusOf(file)?.isFile());
  if (path === undefined) {
    return model.kind !== 'run' && hasByteVocabulary(vocabSize) ? byteTokens : undefined;
  }
  const configPath = join(dirname(path), 'tokenizer_config.json');
  const parse = (file: string) =>
    parsePythonJson(
      readSmallFile(file, step.within, largestTokenizer),
      file,
      'restore it from where the model was published',
    );
  const tokenizer = parse(path);
  const config = statusOf(configPath)?.isFile() ? parse(configPath) : {};
  // A third of the program's start, which commands without text do without.
  const { tokenizerOf } = await import('./tokenizer.js');
  return tokenizerOf({ tokenizer, config, file: path }, vocabSize);
}

/** Special tokens of a model's tokenizer, which are not drawn at random; none where it has no tokenizer that can be used. */
export async function specialTokens(model: OpenedModel): Promise<ReadonlySet<number>> {
  try {
    const last = model.steps.at(-1);
    const text = last === undefined ? undefined : await openText(model, last);
    if (text?.kind === 'tokenizer') return text.special;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return new Set();
}

/** What to say of a model that takes no text. */
export function noText(model: Pick<OpenedModel, 'path' | 'architecture'>): string {
  return `${model.path}: has no ${tokenizerName}, and its vocabulary of ${model.architecture.vocabSize} is not that of bytes; put the model's ${tokenizerName} there, or give token ids with --tokens FILE.json`;
}
