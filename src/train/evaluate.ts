import type { TestSetTensors } from '../checkpoint/test-set.js';
import type { Engine } from '../model/engine.js';
import type { RunConfig } from '../run/config.js';
import { addCounts, countErrors, type ErrorCounts, noCounts } from './count-errors.js';
import { fromTestSet, type Sequences, slice } from './sequences.js';

/** How well a model does on a test set. */
export interface Evaluation {
  /** Mean cross entropy over all next-token predictions; smoothed where the run smooths labels. */
  readonly loss: number;
  /** The published error, 1 - correct / masked: it never reaches 0, since a copy's last token predicts background. */
  readonly err: number;
  /** The error over the positions that the rule determines, 1 - copy_correct / copy_positions: its floor is 0. */
  readonly copy_err: number;
  readonly correct: number;
  readonly masked: number;
  readonly copy_correct: number;
  readonly copy_positions: number;
}

/** Any engine: the kernels, or the reference. */
export type ForwardEngine = Pick<Engine<Float32Array | Float64Array>, 'forward'>;

/**
 * Sequences per part of a test set: parts are summed in order, so that the loss has the same bits however the parts are
 * spread over workers. Small enough that no part's results weigh on memory.
 */
export const partSize = 50;

/**
 * Losses, errors and exact counts of a model on a test set. Where no position counts, the errors are NaN.
 * @throws InputError when the test set does not fit the model
 * Source: notebook and public code, `test_model`.
 */
export function evaluate(engine: ForwardEngine, test: TestSetTensors, config: RunConfig): Evaluation {
  return evaluateSequences(engine, fromTestSet(test, config), config);
}

/** The same on decoded sequences: whoever evaluates many checkpoints decodes once. */
export function evaluateSequences(
  engine: ForwardEngine,
  sequences: Sequences,
  config: RunConfig,
): Evaluation {
  let counts = noCounts;
  const total = sequences.lengths.length;
  for (let from = 0; from < total; from += partSize) {
    const part = slice(sequences, from, Math.min(total, from + partSize));
    counts = addCounts(counts, countErrors(engine, part, config));
  }
  return evaluationOf(counts);
}

/** Losses and errors from counts. */
export function evaluationOf(counts: ErrorCounts): Evaluation {
  const { lossSum, predictions, correct, masked, copy_correct, copy_positions } = counts;
  return {
    loss: lossSum / predictions,
    err: 1 - correct / masked,
    copy_err: 1 - copy_correct / copy_positions,
    correct,
    masked,
    copy_correct,
    copy_positions,
  };
}
