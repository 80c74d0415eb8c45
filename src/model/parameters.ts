import { InputError, OptionError } from '../errors.js';
import { headWidth, type ModelConfig } from './config.js';
import { copyingLayerNames, copyingNames } from './families/copying-names.js';

/** How a parameter starts: N(0, 1), U(-bound, bound), or all equal. */
export type Initial =
  | { readonly kind: 'normal' }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: 0 | 1 };

/** One tensor of the state dict and its place in the flat array of all parameters. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element, and number of elements, in the flat array. */
  readonly offset: number;
  readonly length: number;
  /** False for what takes no part in the loss: it has no gradient, and AdamW leaves it alone. */
  readonly trained: boolean;
  readonly initial: Initial;
}

/** All parameters of an architecture, back to back in the order of PyTorch's state dict. */
export interface ParameterLayout {
  readonly parameters: readonly Parameter[];
  /** Number of elements of the flat array. */
  readonly length: number;
  readonly byName: ReadonlyMap<string, Parameter>;
}

/**
 * Names, shapes, order and starting distributions of the parameters.
 * Weights of linear maps are stored `[out, in]`, row-major; the order is the one in which `TFModel` registers its modules.
 * @throws InputError when the heads do not divide d_model, or rotary positions are asked of an odd head width
 * Source: the published `TFModel`, `TFBlock`, `MultiHeadAttention`.
 */
export function parameterLayout(config: ModelConfig): ParameterLayout {
  checkArchitecture(config);
  const { vocab_size: v, d_model: d, ff_dim: ff, num_heads: heads, max_seq_len: t } = config;
  const parameters: Parameter[] = [];
  let length = 0;
  const add = (name: string, shape: readonly number[], trained: boolean, initial: Initial) => {
    const size = shape.reduce((product, n) => product * n, 1);
    parameters.push({ name, shape, offset: length, length: size, trained, initial });
    length += size;
  };
  const linear = (name: string, out: number, input: number, trained: boolean) => {
    const initial: Initial = { kind: 'uniform', bound: 1 / Math.sqrt(input) };
    add(`${name}.weight`, [out, input], trained, initial);
    add(`${name}.bias`, [out], trained, initial);
  };
  const layerNorm = (name: string, trained: boolean) => {
    add(`${name}.weight`, [d], trained, { kind: 'constant', value: 1 });
    add(`${name}.bias`, [d], trained, { kind: 'constant', value: 0 });
  };

  add(copyingNames.embedding, [v, d], true, { kind: 'normal' });
  if (config.pos === null) add(copyingNames.positions, [t, d], true, { kind: 'normal' });
  for (let layer = 0; layer < config.num_layers; layer++) {
    const names = copyingLayerNames(layer);
    // Without the residual a block's output is discarded, so nothing inside it has a gradient.
    const used = config.residual;
    if (config.pos === 'relative') {
      add(names.scoreBias, [heads, t, t], used, { kind: 'constant', value: 0 });
    }
    for (const map of [names.query, names.key, names.value, names.output]) linear(map, d, d, used);
    layerNorm(names.attentionNorm, used && config.norm);
    layerNorm(names.mlpNorm, used && config.norm && config.mlp);
    if (config.mlp) {
      linear(names.up, ff, d, used);
      linear(names.down, d, ff, used);
    }
  }
  layerNorm(copyingNames.finalNorm, config.output_norm);
  linear(copyingNames.unembedding, v, d, true);
  return { parameters, length, byName: new Map(parameters.map((entry) => [entry.name, entry])) };
}

/**
 * A parameter that must be there.
 * @throws InputError when the layout has no parameter of this name
 */
export function findParameter(layout: ParameterLayout, name: string): Parameter {
  const found = layout.byName.get(name);
  if (!found)
    throw new InputError(`no parameter "${name}" in this architecture; see the names of its layout`);
  return found;
}

function checkArchitecture(config: ModelConfig): void {
  for (const option of [
    'vocab_size',
    'd_model',
    'num_heads',
    'num_layers',
    'ff_dim',
    'max_seq_len',
  ] as const) {
    const value = config[option];
    if (!Number.isInteger(value) || value < 1) {
      throw new OptionError(option, `expected a whole number from 1, found ${value}`);
    }
  }
  const width = headWidth(config);
  if (!Number.isInteger(width)) {
    throw new OptionError(
      'num_heads',
      `${config.num_heads} heads do not divide d_model ${config.d_model}; choose a divisor`,
    );
  }
  if (config.pos === 'rotary' && width % 2 !== 0) {
    throw new OptionError(
      'pos',
      `rotary positions need an even head width, found d_model / num_heads = ${width}; choose other sizes or "relative"`,
    );
  }
}
