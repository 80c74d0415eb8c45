import { InputError, showValue } from '../../errors.js';
import { copying } from './copying.js';
import { withDirectoryCheck } from './directory-check.js';
import { falcon } from './falcon.js';
import type { ModelFamily } from './family.js';
import { gemma, gemma2 } from './gemma.js';
import { gptNeox } from './gpt-neox.js';
import { gpt2 } from './gpt2.js';
import { llamaFamilies } from './llama.js';

/** Every family of Hugging Face's configs that is known; a new one is a line here. */
const published: readonly ModelFamily[] = [gpt2, gptNeox, ...llamaFamilies, gemma, gemma2, falcon];

const families = [copying, ...published].map(withDirectoryCheck);

/** The family that read an architecture. @throws InputError for a name that is none */
export function familyByName(name: string): ModelFamily {
  const found = families.find((family) => family.name === name);
  if (found !== undefined) return found;
  throw new InputError(`family ${showValue(name)} is not known; known are ${knownFamilies()}`);
}

/**
 * The family of a Hugging Face config, by its `model_type`. The published TFModel's config has none.
 * @param config parsed   @param file named in errors
 * @throws InputError naming a type that is not known, and all that are
 */
export function familyOfConfig(config: unknown, file: string): ModelFamily {
  const type = (config as { readonly model_type?: unknown } | null)?.model_type;
  if (published.some(({ name }) => name === type)) return familyByName(type as string);
  throw new InputError(
    `${file}: model_type ${showValue(type)} is not supported; known are ${knownFamilies()}`,
  );
}

function knownFamilies(): string {
  return published.map(({ name }) => name).join(', ');
}
