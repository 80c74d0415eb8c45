import { Option } from 'commander';
import { InputError, UsageError } from '../errors.js';
import { readSmallFile } from '../files/folder-listing.js';
import { checkConfig, checkOptions, inertOptions, optionNames, type RunConfig } from '../run/config.js';
import { didYouMean } from '../run/nearest-name.js';
import { readYaml } from '../run/read-yaml.js';

/** Flags of commander by name: text, or true where an option stands without a value. */
export type OptionFlags = Readonly<Record<string, string | true | undefined>>;

const defaults = checkOptions({}).config;

/** What each option of the experiment does: its argument, and a line for the help. */
const descriptions: Readonly<Record<keyof RunConfig, readonly [string, string]>> = {
  seed: ['N', 'what all random numbers follow from'],
  vocab_size: ['N', 'tokens V'],
  d_model: ['N', 'width d'],
  ff_dim: ['N', 'width of the feed-forward, with mlp'],
  num_heads: ['N', 'heads of a layer; must divide d_model'],
  num_layers: ['N', 'layers'],
  linear_attn: ['BOOL', 'attention without softmax'],
  residual: ['BOOL', 'residual connections; without them every block is the identity'],
  mlp: ['BOOL', 'a ReLU feed-forward after each attention'],
  dropout: ['P', 'share dropped of attention and feed-forward outputs'],
  norm: ['BOOL', 'LayerNorms before attention and feed-forward'],
  output_norm: ['BOOL', 'a LayerNorm before the logits'],
  pos: ['KIND', 'positions: rotary, relative, or null for learned absolute ones'],
  rotary_theta: ['NUMBER', 'θ of rotary positions'],
  max_seq_len: ['N', 'tokens of a sequence, T'],
  regime: ['NAME', '"varied repetition" or "simple repetition"'],
  distr: ['NAME', 'token distribution: zipf, two-level (two-level-3 is the same), unif'],
  rep_l: ['N', 'shortest pattern'],
  rep_h: ['N', 'one more than the longest pattern'],
  ood_len_pattern: ['N', 'pattern length out of distribution'],
  pool_size: ['N', 'patterns to choose from; null for a fresh one each time'],
  lr: ['NUMBER', 'learning rate'],
  wd: ['NUMBER', 'weight decay'],
  schedule: ['NAME', 'constant (a third of lr in the first five steps) or cosine'],
  label_smoothing: ['BOOL', 'smooth labels by 0.1'],
  batch_size: ['N', 'sequences of a step'],
  num_epoch: ['N', 'steps; each has a batch of its own'],
  sample_size_test: ['N', 'sequences of each test set'],
  n_save: ['N', 'checkpoints, evenly spaced'],
  up_to_first_save: ['BOOL', 'checkpoints also at steps 1, 2, 4, … before the first of those'],
  ignore_segment: ['N', '1: errors count the second copy only; 0: both'],
  ignore_burning: ['N', 'first tokens of a copy that errors do not count'],
};

/** The options of the experiment for the command line; those that steer nothing are taken but not shown. */
export function experimentOptions(): Option[] {
  const shown = optionNames.map((name) => {
    const [argument, text] = descriptions[name];
    const value = typeof defaults[name] === 'boolean' ? `[${argument}]` : `<${argument}>`;
    return new Option(`--${name} ${value}`, `${text} (default: ${JSON.stringify(defaults[name])})`);
  });
  return [...shown, ...inertOptions.map((name) => new Option(`--${name} [VALUE]`).hideHelp())];
}

/** Values of the experiment's options among a command's flags. @throws UsageError when one is not of its kind */
export function optionsFromFlags(flags: OptionFlags): Record<string, unknown> {
  const names: readonly string[] = [...optionNames, ...inertOptions];
  return Object.fromEntries(
    Object.entries(flags)
      .filter(([name, text]) => names.includes(name) && text !== undefined)
      .map(([name, text]) => [name, flagValue(name, text!)]),
  );
}

function flagValue(name: string, text: string | true): unknown {
  if (text === true) return true;
  const usual = defaults[name as keyof RunConfig];
  const fail = (expected: string): never => {
    throw new UsageError(`--${name}: expected ${expected}, found ${JSON.stringify(text)}`);
  };
  if (usual === undefined) return text;
  if (typeof usual === 'boolean') {
    return text === 'true' ? true : text === 'false' ? false : fail('true or false');
  }
  if (text === 'null' && (name === 'pos' || name === 'pool_size')) return null;
  if (typeof usual === 'string') return text;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? fail(name === 'pool_size' ? 'a number or null' : 'a number') : number;
}

/**
 * Reads a config file, YAML or JSON.
 * @throws InputError when it cannot be read, is no such file, or holds an option that does not exist
 */
export function readConfigFile(path: string): Record<string, unknown> {
  const options = readYaml(readSmallFile(path), path) ?? {};
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InputError(
      `${path}: expected options such as "num_layers: 2", found ${JSON.stringify(options)}`,
    );
  }
  const names: readonly string[] = [...optionNames, ...inertOptions];
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new InputError(
        `${path}: no option ${name}${didYouMean(name, optionNames) || '; see bridgescope train --help'}`,
      );
    }
  }
  checkConfig(options, path);
  return options as Record<string, unknown>;
}

/** A line for each option a user sets that steers nothing here. */
export function inertNotes(options: Readonly<Record<string, unknown>>): string[] {
  const set = inertOptions.filter((name) => name in options);
  return set.length === 0 ? [] : [`${set.join(', ')}: kept in config.json, but nothing here depends on it`];
}
