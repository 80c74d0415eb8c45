import { checkConfig, type RunConfig } from '../../src/run/config.js';

const tiny: Partial<RunConfig> = {
  vocab_size: 9,
  d_model: 8,
  max_seq_len: 20,
  rep_l: 6,
  rep_h: 9,
  ood_len_pattern: 9,
  num_epoch: 30,
  n_save: 3,
  sample_size_test: 60,
  batch_size: 7,
};

/** A run of thirty steps, which takes a fraction of a second. */
export function tinyConfig(options: Partial<RunConfig> = {}): RunConfig {
  return checkConfig({ ...tiny, ...options }, 'test').config;
}
