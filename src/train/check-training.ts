import { OptionError } from '../errors.js';
import { parameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import { leastVocabulary } from './distribution.js';

/**
 * Refuses a config that cannot be trained, before anything is begun.
 * @throws OptionError naming the option, what is wrong with it, and what would do
 */
export function checkTraining(config: RunConfig): void {
  parameterLayout(config);
  checkPatterns(config);
  const least = leastVocabulary(config.distr);
  if (config.regime === 'varied repetition' && config.vocab_size < least) {
    throw new OptionError(
      'vocab_size',
      `distr ${config.distr} needs at least ${least} tokens, found ${config.vocab_size}; choose more, or --distr zipf`,
    );
  }
  if (config.n_save > config.num_epoch) {
    throw new OptionError(
      'n_save',
      `${config.n_save} checkpoints do not fit into num_epoch ${config.num_epoch} steps; choose at most ${config.num_epoch}`,
    );
  }
}

function checkPatterns(config: RunConfig): void {
  const { rep_l, rep_h, ood_len_pattern: ood, max_seq_len: length, ignore_burning: burning } = config;
  if (rep_h <= rep_l) {
    throw new OptionError(
      'rep_h',
      `lengths are drawn from rep_l to rep_h - 1, so rep_h must exceed rep_l ${rep_l}, found ${rep_h}`,
    );
  }
  if (config.regime === 'simple repetition') {
    const longest = Math.max(rep_h - 1, ood);
    const option = longest === ood ? 'ood_len_pattern' : 'rep_h';
    if (longest * config.ignore_segment + burning >= length - 1 || longest > length) {
      throw new OptionError(
        option,
        `a pattern of ${longest} tokens leaves no position to test in sequences of max_seq_len ${length}; choose shorter patterns`,
      );
    }
    return;
  }
  if (2 * rep_h > length) {
    throw new OptionError(
      'rep_h',
      `two copies with background around them need 2·rep_h ≤ max_seq_len, found 2·${rep_h} > ${length}; choose rep_h up to ${Math.floor(length / 2)}`,
    );
  }
  if (2 * ood + 2 > length) {
    throw new OptionError(
      'ood_len_pattern',
      `two copies of ${ood} tokens and two of background do not fit into max_seq_len ${length}; choose up to ${Math.floor((length - 2) / 2)}`,
    );
  }
  const shortest = Math.min(rep_h - 1, ood);
  if (shortest < burning + 2) {
    throw new OptionError(
      'ignore_burning',
      `${burning} ignored tokens leave nothing of a pattern of ${shortest} to test; choose up to ${Math.max(0, shortest - 2)}`,
    );
  }
}
