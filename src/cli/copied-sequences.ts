import { equalParts } from '../behaviour/given-tokens.js';
import { openTokens } from '../behaviour/open-tokens.js';
import { usualTokens } from '../behaviour/usual-tokens.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { OpenedModel } from '../run/open-model.js';
import { say } from './exit.js';

/**
 * What copying of a model is judged by: the sequences of a file, or random ones.
 * @throws InputError where the file holds no sequences of three equal parts
 */
export function sequencesFor(
  file: string | undefined,
  seed: number,
  quiet: boolean,
): (model: OpenedModel) => RepeatedTokens {
  if (file === undefined) return ({ architecture, config }) => usualTokens(architecture, config, 3, { seed });
  const given = equalParts(openTokens(file), 3, file);
  if (given.unlike !== undefined && !quiet) {
    say(`note: the parts of sequence ${given.unlike} differ: copying says less there`);
  }
  return () => given.tokens;
}
