import { InputError, UsageError } from '../errors.js';
import { copyingLayerNames, copyingNames, countCopyingLayers } from '../model/families/copying-names.js';
import type { StateDict } from '../tensor/tensor.js';
import { type ConfigFile, checkConfig } from './config.js';

/** What weights alone do not show; given by the user where a folder has no `config.json`. */
export interface ArchitectureOptions {
  readonly num_heads?: number;
  readonly pos?: 'rotary' | 'relative' | null;
  readonly rotary_theta?: number;
}

/**
 * Makes up for a missing `config.json`: sizes from the weights, heads and positions from the options.
 * Options of the experiment that are not known take their published defaults.
 * @param file of the checkpoint that is looked at, named in errors
 * @throws InputError naming the options that are needed
 * @throws UsageError when an option contradicts the weights
 */
export function inferConfig(state: StateDict, options: ArchitectureOptions, file: string): ConfigFile {
  const shapeOf = (name: string): readonly number[] | undefined => state.get(name)?.shape;
  const wte = shapeOf(copyingNames.embedding);
  if (wte?.length !== 2) {
    throw new InputError(
      `${file}: no ${copyingNames.embedding} of two dimensions; is this a checkpoint of the copying model?`,
    );
  }
  const pe = shapeOf(copyingNames.positions);
  const first = copyingLayerNames(0);
  const bias = shapeOf(first.scoreBias);
  const pos = pe ? null : bias ? 'relative' : options.pos;
  if (options.pos !== undefined && options.pos !== pos) {
    throw new UsageError(
      `--pos ${options.pos} contradicts the weights of ${file}, where it is ${pos}; leave the option out`,
    );
  }
  if (options.num_heads !== undefined && bias !== undefined && options.num_heads !== bias[0]) {
    throw new UsageError(
      `--num_heads ${options.num_heads} contradicts the weights of ${file}, where it is ${bias[0]}; leave the option out`,
    );
  }
  const needed = [
    options.num_heads === undefined && bias === undefined && '--num_heads N',
    pos === undefined && '--pos rotary|relative|null',
    (pos === 'rotary' || pos === undefined) &&
      options.rotary_theta === undefined &&
      `--rotary_theta θ${pos === undefined ? ' (for rotary)' : ''}`,
  ].filter((need) => need !== false);
  if (needed.length > 0) {
    throw new InputError(
      `${file}: the folder has no config.json and the weights do not show everything; add ${needed.join(' ')}`,
    );
  }
  const layers = countCopyingLayers((name) => state.has(name));
  if (layers === 0) {
    throw new InputError(`${file}: no ${first.query}.weight; is this a checkpoint of the copying model?`);
  }
  const ff = shapeOf(`${first.up}.weight`);
  const inferred = {
    vocab_size: wte[0],
    d_model: wte[1],
    num_layers: layers,
    num_heads: options.num_heads ?? bias?.[0],
    pos,
    mlp: ff !== undefined,
    ...(ff && { ff_dim: ff[0] }),
    ...(options.rotary_theta !== undefined && { rotary_theta: options.rotary_theta }),
    ...((pe ?? bias) && { max_seq_len: pe?.[0] ?? bias?.[1] }),
  };
  return checkConfig(inferred, file);
}
