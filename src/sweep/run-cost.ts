import { parameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import type { PlannedRun } from './expand.js';

/**
 * Multiply-adds of one training step, roughly: three passes over every weight and every pair of positions, for each token.
 * Good for putting runs in order, and for predicting the time of one shape from that of another.
 */
export function stepCost(config: RunConfig): number {
  const { batch_size, max_seq_len: length, d_model: d, num_layers } = config;
  const weights = parameterLayout(config).length;
  return 3 * batch_size * length * (weights + num_layers * 2 * length * d);
}

/** The same for a whole run; checkpoints that are there come in the order of the plan. */
export function runCost(run: PlannedRun): number {
  return run.kind === 'training' ? run.config.num_epoch * stepCost(run.config) : 0;
}

/** What the progress of a run is counted to: its updates, or 1 for a checkpoint. */
export function lengthOf(run: PlannedRun): number {
  return run.kind === 'training' ? run.config.num_epoch : 1;
}
