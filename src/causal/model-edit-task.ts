import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { WeightsLocation } from '../run/open-weights.js';
import type { Edit } from './edit.js';

/** Edits of one checkpoint of any model, to be judged by copying. */
export interface ModelEditTask {
  readonly location: WeightsLocation;
  /** Checkpoints that transplants come from, by step. */
  readonly donors: Readonly<Record<number, WeightsLocation>>;
  /** A segment that stands three times. */
  readonly sequences: RepeatedTokens;
  readonly edits: readonly Edit[];
}
