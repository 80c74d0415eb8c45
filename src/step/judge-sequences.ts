import type { RunConfig } from '../run/config.js';
import { type Evaluation, evaluateSequences, type ForwardEngine } from '../train/evaluate.js';
import type { Sequences } from '../train/sequences.js';
import { type PlaceErrors, placeErrors } from './place-errors.js';

/** How a model, edited or not, does on some sequences of a test set. */
export interface JudgedSequences {
  /** Errors and loss as `evaluate` and `intervene` count them, over these sequences. */
  readonly evaluation: Evaluation;
  readonly places: readonly PlaceErrors[];
}

/** Errors of the model that the engine holds. @throws InputError when the sequences do not fit it */
export function judgeSequences(
  engine: ForwardEngine,
  config: RunConfig,
  sequences: Sequences,
): JudgedSequences {
  return {
    evaluation: evaluateSequences(engine, sequences, config),
    places: placeErrors(engine, config, sequences),
  };
}
