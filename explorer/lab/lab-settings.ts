import { OptionError } from '../../src/errors.js';
import { checkLab } from '../../src/lab/check-lab.js';
import { checkOptions, type RunConfig } from '../../src/run/config.js';

/** A field of the form: an option of the experiment. */
export interface LabField {
  readonly option: keyof RunConfig;
  /** What a student reads. */
  readonly label: string;
  readonly hint: string;
  /** Step of the arrows of a number field. */
  readonly by: number | 'any';
  readonly least: number;
}

const field = (
  option: keyof RunConfig,
  label: string,
  hint: string,
  by: number | 'any' = 1,
  least = 1,
): LabField => ({ option, label, hint, by, least });

/** The fields that matter most; the pool has a form of its own. */
export const mainFields: readonly LabField[] = [
  field('seed', 'seed', 'what all random numbers follow from', 1, 0),
  field('num_layers', 'layers', 'attention layers; it takes two to compose'),
  field('num_heads', 'heads', 'heads of a layer; must divide the width'),
  field('d_model', 'width', 'd: numbers that stand for a token', 8),
  field('vocab_size', 'vocabulary', 'V: different tokens', 8),
  field('max_seq_len', 'sequence', 'T: tokens of a sequence', 4, 2),
  field('lr', 'learning rate', 'how far a step goes', 'any', 0),
  field('num_epoch', 'steps', 'updates; each has a batch of its own', 500),
];

/** The others that change what is seen. */
export const moreFields: readonly LabField[] = [
  field('rep_l', 'shortest pattern', 'tokens of the shortest pattern'),
  field('rep_h', 'longest pattern + 1', 'one more than the longest pattern', 1, 2),
  field('ood_len_pattern', 'OOD pattern', 'tokens of a pattern out of distribution'),
  field('batch_size', 'batch', 'sequences of a step', 8),
  field('dropout', 'dropout', 'share dropped of attention outputs', 0.05, 0),
  field('wd', 'weight decay', 'how much weights shrink with each step', 'any', 0),
  field('n_save', 'checkpoints', 'evenly spaced; each is measured and kept', 10),
  field('sample_size_test', 'test sequences', 'sequences of each test set', 50),
];

/** What the fields hold, as text, under the names of their options; an empty pool is infinite. */
export type LabSettings = Readonly<Record<string, string>>;

/** The published task in small: the transition takes half a minute. */
const small = {
  seed: 2026,
  vocab_size: 32,
  d_model: 32,
  num_layers: 2,
  num_heads: 1,
  max_seq_len: 40,
  rep_l: 8,
  rep_h: 14,
  ood_len_pattern: 18,
  distr: 'zipf',
  lr: 0.003,
  batch_size: 32,
  num_epoch: 4000,
  n_save: 40,
  sample_size_test: 200,
} satisfies Partial<RunConfig>;

const published = {
  ...small,
  vocab_size: 64,
  d_model: 64,
  max_seq_len: 64,
  rep_l: 10,
  rep_h: 20,
  ood_len_pattern: 25,
  lr: 0.001,
  batch_size: 50,
  num_epoch: 20_000,
  n_save: 100,
  sample_size_test: 500,
} satisfies Partial<RunConfig>;

/** Two settings that are worth a comparison. */
export interface LabPair {
  readonly id: string;
  readonly label: string;
  /** What it shows, and how long it takes. */
  readonly story: string;
  readonly left: LabSettings;
  readonly right: LabSettings;
}

const pair = (
  id: string,
  label: string,
  story: string,
  left: Partial<RunConfig>,
  right: Partial<RunConfig>,
): LabPair => ({ id, label, story, left: settingsOf(left), right: settingsOf(right) });

export const labPairs: readonly LabPair[] = [
  pair(
    'pool',
    'Every pattern new, or 30 again and again',
    'With new patterns in every sequence the model has to find the rule, and it copies longer patterns as well. With a pool of 30 it learns them by heart: the error on known patterns vanishes, the one out of distribution never moves. About a minute.',
    small,
    { ...small, pool_size: 30 },
  ),
  pair(
    'layers',
    'Two layers, or one',
    'To copy, a model has to find where the present token stood before and read what came after: one layer marks, the next reads. A single layer cannot do both. About a minute.',
    small,
    { ...small, num_layers: 1 },
  ),
  pair(
    'seeds',
    'Two seeds',
    'The transition comes at another step, but it comes the same way. About a minute.',
    { ...small, seed: 1 },
    { ...small, seed: 2 },
  ),
  pair(
    'published',
    'The published sizes',
    'The setting of the paper, with an infinite pool and with one of 100: 20 000 steps, which take a quarter of an hour or more.',
    published,
    { ...published, pool_size: 100 },
  ),
];

/** The fields of a config. */
export function settingsOf(options: Partial<RunConfig>): LabSettings {
  const { config } = checkOptions(options);
  return Object.fromEntries(
    Object.entries(config).map(([option, value]) => [option, value === null ? '' : String(value)]),
  );
}

/**
 * Patterns that fit sequences of another length, in the proportions of the small task.
 * @returns the settings with `max_seq_len` and the three lengths changed
 */
export function withLength(settings: LabSettings, length: string): LabSettings {
  const changed = { ...settings, max_seq_len: length };
  const t = Number(length);
  // Shorter ones leave no pattern to test; what is wrong is told at the field.
  if (!Number.isInteger(t) || t < 20) return changed;
  return {
    ...changed,
    rep_l: String(Math.round(t * 0.2)),
    rep_h: String(Math.round(t * 0.35)),
    ood_len_pattern: String(Math.floor(t * 0.45)),
  };
}

/** A config, or what is wrong and with which option. */
export type Checked =
  | { readonly config: RunConfig; readonly problem?: undefined }
  | { readonly config?: undefined; readonly problem: { readonly option: string; readonly text: string } };

const defaults = checkOptions({}).config;

/** The value that a field's text stands for; undefined where it is no number and should be one. */
function readField(option: string, text: string): unknown {
  const usual = defaults[option as keyof RunConfig];
  if (typeof usual === 'string') return text;
  if (typeof usual === 'boolean') return text === 'true';
  if (option === 'pool_size' && text === '') return null;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
}

/** Checks the fields as `train` checks its options, with its messages. */
export function checkSettings(settings: LabSettings): Checked {
  const options: Record<string, unknown> = {};
  for (const [option, text] of Object.entries(settings)) {
    const value = readField(option, text);
    if (value === undefined) return { problem: { option, text: 'expected a number' } };
    options[option] = value;
  }
  try {
    const { config } = checkOptions(options);
    checkLab(config);
    return { config };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return { problem: { option: error.option, text: error.fault } };
  }
}

/** A name for the run of a config, such as `pool_30_seed_1`: also the name of its folder. */
export function nameOf({ pool_size, num_layers, num_heads, seed }: RunConfig): string {
  const parts = [pool_size === null ? 'infinite' : `pool_${pool_size}`];
  if (num_layers !== 2) parts.push(`${num_layers}_layer${num_layers === 1 ? '' : 's'}`);
  if (num_heads !== 1) parts.push(`${num_heads}_heads`);
  parts.push(`seed_${seed}`);
  return parts.join('_');
}
