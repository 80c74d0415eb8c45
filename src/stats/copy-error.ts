import type { RunConfig } from '../run/config.js';
import { tokenProbabilities } from '../train/distribution.js';
import type { RunData, Series } from './run-data.js';

/**
 * Where a copy error comes from: the run's own `copy_err` rows, its checkpoints evaluated afterwards, or its `err` with the
 * undetermined positions taken out.
 */
export type CopyErrorSource = 'copy_err' | 'checkpoints evaluated' | 'err above its floor';

/** A run's error over the positions that the rule determines. */
export interface CopyError extends Series {
  readonly source: CopyErrorSource;
}

/**
 * Copy error of a run over training.
 *
 * Without `copy_err` rows it is estimated from the published error: of the n masked positions of a copy one predicts a
 * background token, which is right with probability max p at best, so err = ((n - 1) copy_err + 1 - max p) / n.
 * @param set `ood` (uniform tokens, L = ood_len_pattern) or `test` (the run's own distribution and lengths)
 * @returns undefined when the run has no such errors, or its mask leaves no position that the rule determines
 */
export function copyErrorOf(
  { errors, config, evaluated }: Pick<RunData, 'errors' | 'config' | 'evaluated'>,
  set: 'test' | 'ood',
): CopyError | undefined {
  const own = errors.get(`copy_err_${set}`);
  if (own !== undefined && own.values.length > 0) {
    return { ...own, source: evaluated ? 'checkpoints evaluated' : 'copy_err' };
  }
  const published = errors.get(`err_${set}`);
  if (published === undefined || published.values.length === 0) return undefined;
  const { floor, determined } = errorFloor(config, set);
  if (!(determined > 0)) return undefined;
  return {
    steps: published.steps,
    values: published.values.map((err) => (err - floor) / determined),
    source: 'err above its floor',
  };
}

/**
 * What the published error keeps of a model that copies without fault, and the share of masked positions that the rule
 * determines: err = floor + determined · copy_err.
 * (1/21)(1 - 1/V) ≈ 0.047 for the published OOD set, about 0.087 for the ID set.
 */
export function errorFloor(config: RunConfig, set: 'test' | 'ood'): { floor: number; determined: number } {
  const { regime, max_seq_len: length, ignore_segment, ignore_burning: burning, vocab_size, distr } = config;
  const lengths =
    set === 'ood' ? [config.ood_len_pattern] : range(config.rep_l, Math.max(config.rep_h, config.rep_l + 1));
  const uniform = set === 'ood' || regime === 'simple repetition';
  const best = uniform
    ? 1 / vocab_size
    : tokenProbabilities(distr, vocab_size).reduce((most, share) => Math.max(most, share));
  let [masked, determined, lost] = [0, 0, 0];
  for (const pattern of lengths) {
    if (regime === 'simple repetition') {
      const positions = Math.max(0, length - pattern * ignore_segment - burning);
      masked += positions;
      determined += Math.max(0, positions - 1);
      // Nothing follows the last position, so it never counts as right.
      lost += positions > 0 ? 1 : 0;
      continue;
    }
    const copy = Math.max(0, pattern - burning);
    masked += ignore_segment === 0 ? 2 * copy : copy;
    determined += Math.max(0, copy - 1);
    lost += (1 - best) * ((copy > 0 ? 1 : 0) + (ignore_segment === 0 ? copy : 0));
  }
  return masked === 0
    ? { floor: 0, determined: 0 }
    : { floor: lost / masked, determined: determined / masked };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.min(to - from, 65_536) }, (_, at) => from + at);
}
