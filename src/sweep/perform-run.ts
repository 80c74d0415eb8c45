import { performCheckpoint } from './perform-checkpoint.js';
import { performTraining } from './perform-training.js';
import type { RunEnd, RunOrder, RunWatch } from './run-order.js';

/**
 * Makes one run of a sweep, or works on one checkpoint of a model.
 * @throws InputError when it cannot be made, when the disk is full, or when another process took it over
 */
export function performRun(order: RunOrder, watch: RunWatch): Promise<RunEnd> {
  return order.kind === 'training' ? performTraining(order, watch) : performCheckpoint(order, watch);
}
