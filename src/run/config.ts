import { z } from 'zod';
import { describeIssue, firstIssue, InputError, OptionError, showValue } from '../errors.js';
import { count, modelConfigSchema } from '../model/config.js';
import { misspelled } from './nearest-name.js';
import { parsePythonJson } from './python-json.js';

/**
 * Every option of an experiment under its published name, with its published default.
 * The upper limits are far beyond any such run; they only keep a hostile file from asking for absurd amounts of memory.
 */
export const configSchema = z.object({
  seed: z.int().min(0).default(2026),
  ...modelConfigSchema.shape,
  regime: z.enum(['varied repetition', 'simple repetition']).default('varied repetition'),
  distr: z.enum(['two-level', 'two-level-3', 'zipf', 'unif']).default('two-level'),
  rep_l: count(1, 65_536).default(10),
  rep_h: count(2, 65_536).default(20),
  ood_len_pattern: count(1, 65_536).default(25),
  pool_size: count(1, 100_000_000).nullable().default(null),
  lr: z.number().positive().default(1e-3),
  wd: z.number().min(0).default(5e-4),
  schedule: z.enum(['constant', 'cosine']).default('constant'),
  label_smoothing: z.boolean().default(false),
  batch_size: count(1, 1_000_000).default(50),
  num_epoch: count(1, 1_000_000_000).default(10_000),
  sample_size_test: count(1, 10_000_000).default(5000),
  n_save: count(1, 1_000_000_000).default(1),
  up_to_first_save: z.boolean().default(false),
  ignore_segment: count(0, 1).default(1),
  ignore_burning: count(0, 65_536).default(4),
});

/** All options of one run. */
export type RunConfig = z.infer<typeof configSchema>;

/** Names of the options in their published order. */
export const optionNames = Object.keys(configSchema.shape) as readonly (keyof RunConfig)[];

/** Keys of published `config.json` files that steer nothing here: accepted, kept on a round trip, otherwise ignored. */
export const inertOptions = [
  'sample_size',
  'fancy_opt',
  'use_wd',
  'sig',
  'fresh_sample',
  'device',
  'out_dir',
  'wandb_log',
  'print_output',
  'plot_attn_every_epoch',
] as const;

/** A parsed config file: the options, and every other key as it stood there. */
export interface ConfigFile {
  readonly config: RunConfig;
  readonly others: Readonly<Record<string, unknown>>;
}

/**
 * Checks options that came from a file; a missing key takes its default.
 * @param source what to name in an error, such as the file
 * @throws InputError naming the source and the first option that is not what it must be
 */
export function checkConfig(options: unknown, source: string): ConfigFile {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InputError(`${source}: expected an object of options, found ${showValue(options)}`);
  }
  try {
    return checkOptions(options as Record<string, unknown>);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new InputError(`${source}: ${error.message}; correct it there`);
  }
}

/**
 * Checks options, wherever they came from; a missing one takes its default.
 * @throws OptionError for the first that is not what it must be
 */
export function checkOptions(options: Readonly<Record<string, unknown>>): ConfigFile {
  const result = configSchema.safeParse(options);
  if (!result.success) {
    const issue = firstIssue(result.error);
    const name = String(issue.path[0]);
    const orNull = isNullable(name) ? ' or null' : '';
    const found = showValue(options[name]);
    throw new OptionError(issue.path.join('.'), `${describeIssue(issue)}${orNull} (found ${found})`);
  }
  const known = new Set<string>(optionNames);
  const others = Object.fromEntries(Object.entries(options).filter(([name]) => !known.has(name)));
  return { config: result.data, others };
}

/**
 * Reads the text of a `config.json` of a run; Weights & Biases' form of it, `{"lr": {"value": 0.001}}`, too.
 * @throws InputError when it is not JSON, an option is not what it must be, or it is the config of a Hugging Face model
 */
export function parseConfig(text: string, file: string): ConfigFile {
  const options = parsePythonJson(text, file, 'restore it from the training run');
  const type = modelTypeOf(options);
  if (type !== undefined) {
    throw new InputError(
      `${file}: is the config of a Hugging Face model (model_type ${showValue(type)}), not of a run of training; give a folder that holds such a run`,
    );
  }
  return checkConfig(withoutWandb(options), file);
}

/** What a Hugging Face config says it is; undefined in any other config. */
export function modelTypeOf(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return undefined;
  return (config as Record<string, unknown>)['model_type'];
}

/** Weights & Biases keeps `{"desc": …, "value": …}` for each option, and its own under names that begin with wandb. */
function withoutWandb(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const own = Object.entries(options).filter(([name]) => !/^_?wandb/.test(name));
  const isWrapped = own.length > 0 && own.every(([, entry]) => isWandbEntry(entry));
  return isWrapped ? Object.fromEntries(own.map(([name, entry]) => [name, entry.value])) : options;
}

function isWandbEntry(entry: unknown): entry is { readonly value: unknown } {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) && 'value' in entry;
}

/** One sentence for each key of a config that looks like an option but is none, so that the default was taken instead. */
export function misspellings({ others }: ConfigFile): string[] {
  const inert: readonly string[] = inertOptions;
  return Object.keys(others).flatMap((name) => {
    const near = inert.includes(name) || name.length > 40 ? undefined : misspelled(name, optionNames);
    return near === undefined
      ? []
      : [`config.json: ${name} is no option and takes no part; did you mean ${near}?`];
  });
}

function isNullable(name: string): boolean {
  return (configSchema.shape as Record<string, z.ZodType>)[name]?.safeParse(null).success === true;
}
