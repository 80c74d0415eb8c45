import { z } from 'zod';
import { describeIssue, firstIssue, InputError, showValue } from '../../errors.js';
import type { Activation } from '../architecture.js';

/** A whole number from 1; the limit keeps a hostile config from asking for absurd amounts of memory. */
export const size = (most: number) => z.int().min(1).max(most);

/** Sizes that every config has, whatever it calls them. */
export const limits = {
  width: 131_072,
  layers: 1024,
  heads: 4096,
  vocabulary: 4_000_000,
  positions: 2 ** 30,
};

/** What configs of several families ask for that is not here. */
const refused: readonly (readonly [key: string, what: string])[] = [
  ['quantization_config', 'quantised weights'],
  ['num_local_experts', 'a mixture of experts'],
  ['num_experts', 'a mixture of experts'],
];

/**
 * Checks a parsed config against a family's schema.
 * @throws InputError naming the first key that is not what it must be, or what the config asks for that is not supported
 */
export function checkModelConfig<Schema extends z.ZodType>(
  schema: Schema,
  config: unknown,
  file: string,
): z.infer<Schema> {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new InputError(`${file}: expected an object of options, found ${showValue(config)}`);
  }
  const options = config as Readonly<Record<string, unknown>>;
  for (const [key, what] of refused) {
    const value = options[key];
    if (value === undefined || value === null || value === false || value === 0) continue;
    throw new InputError(
      `${file}: ${key} asks for ${what}, which is not supported; use a dense model in a floating-point format`,
    );
  }
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const issue = firstIssue(result.error);
  const name = issue.path.join('.');
  const found = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    options,
  );
  throw new InputError(
    `${file}: ${name}: ${describeIssue(issue)} (found ${showValue(found)}); restore the config that came with the weights`,
  );
}

const activations: Readonly<Record<string, Activation>> = {
  relu: 'relu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  silu: 'silu',
  swish: 'silu',
};

/** The activation that a config names. @throws InputError for one that is not known */
export function activationOf(name: string, file: string): Activation {
  if (Object.hasOwn(activations, name)) return activations[name]!;
  throw new InputError(
    `${file}: activation ${showValue(name)} is not supported; known are ${Object.keys(activations).join(', ')}`,
  );
}

/**
 * Checks that heads share keys evenly, and that a rotated width is even.
 * @throws InputError
 */
export function checkHeads(
  sizes: { readonly heads: number; readonly keyHeads: number },
  rotatedWidth: number,
  file: string,
): void {
  if (sizes.heads % sizes.keyHeads !== 0) {
    throw new InputError(
      `${file}: ${sizes.heads} heads do not share ${sizes.keyHeads} key/value heads evenly; restore the config that came with the weights`,
    );
  }
  if (rotatedWidth % 2 !== 0) {
    throw new InputError(
      `${file}: rotary positions turn pairs of dimensions, found ${rotatedWidth} rotated ones a head; restore the config that came with the weights`,
    );
  }
}

/** The width of a head where the config leaves it to the others. @throws InputError when the heads do not divide the width */
export function dividedWidth(width: number, heads: number, file: string): number {
  if (width % heads === 0) return width / heads;
  throw new InputError(
    `${file}: ${heads} heads do not divide width ${width}; restore the config that came with the weights`,
  );
}
