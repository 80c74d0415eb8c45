import { OptionError } from '../errors.js';
import { parameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import { countSavedSteps } from '../run/saved-steps.js';
import { checkTraining } from '../train/check-training.js';

/** Most that the checkpoints of one run may take in the memory of a page, in bytes: a tab has a few gigabytes at best. */
export const largestKept = 256 * 2 ** 20;

/** Most tokens of a test set: each evaluation goes through both sets. */
const mostTestTokens = 2_000_000;

/** Bytes that all checkpoints of a run take: float32 parameters, and about as much as their archives add. */
export function keptBytes(config: RunConfig): number {
  const layout = parameterLayout(config);
  const perCheckpoint = 4 * layout.length + 400 * layout.parameters.length;
  // The trained model is kept once more, as ckpt.pt.
  return perCheckpoint * (countSavedSteps(config) + 1);
}

/**
 * Refuses a config that cannot be trained, or whose run a page cannot hold.
 * @throws OptionError naming the option, what is wrong with it, and what would do
 */
export function checkLab(config: RunConfig): void {
  checkTraining(config);
  const bytes = keptBytes(config);
  if (bytes > largestKept) {
    const count = countSavedSteps(config) + 1;
    throw new OptionError(
      'n_save',
      `${count} checkpoints take ${megabytes(bytes)}, and a page keeps ${megabytes(largestKept)}; choose fewer, or a smaller model`,
    );
  }
  const tokens = config.sample_size_test * config.max_seq_len;
  if (tokens > mostTestTokens) {
    throw new OptionError(
      'sample_size_test',
      `${config.sample_size_test} sequences of ${config.max_seq_len} tokens are too many for a page; choose up to ${Math.floor(mostTestTokens / config.max_seq_len)}`,
    );
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}
