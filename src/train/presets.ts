import type { RunConfig } from '../run/config.js';

type Preset = Partial<RunConfig>;

const published: Preset = { vocab_size: 64, distr: 'zipf', num_epoch: 20_000, n_save: 100 };

/**
 * The published settings by name, as what they change of the defaults.
 * Source: the notebook's setting names; the paper's larger models.
 */
export const presets: ReadonlyMap<string, Preset> = new Map<string, Preset>([
  ['infinite_pool_size', published],
  ['large_pool_size', { ...published, pool_size: 1000 }],
  ['small_pool_size', { ...published, pool_size: 100 }],
  ['boundary_pool_size_740', { ...published, pool_size: 740 }],
  ['boundary_pool_size_750', { ...published, pool_size: 750 }],
  ['one_layer_infinite_pool_size', { ...published, num_layers: 1 }],
  ['two_layers_mlp', { ...published, mlp: true, up_to_first_save: true }],
  ['four_layers_four_heads', { ...published, num_layers: 4, num_heads: 4, up_to_first_save: true }],
  ['eight_layers_eight_heads', { ...published, num_layers: 8, num_heads: 8, up_to_first_save: true }],
]);
