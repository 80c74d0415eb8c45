import type { RunConfig } from '../run/config.js';
import { savedSteps } from '../run/saved-steps.js';

/** Up to this step every step is evaluated; from there on, each is this much later than the one before. */
const denseUntil = 20;
const growth = 1.05;

/**
 * Steps after which the test sets are evaluated: the first, the last, and every checkpoint, and between them either every
 * `every` steps or as the figures' logarithmic axis needs it, every step at first and then 5 % apart.
 * A published run of 20000 steps and 100 checkpoints evaluates 227 times.
 * @param every null for the default
 */
export function evaluationSteps(config: RunConfig, every: number | null): ReadonlySet<number> {
  const last = config.num_epoch;
  const steps = new Set([1, last, ...savedSteps(config)]);
  steps.delete(0);
  if (every !== null) {
    for (let step = every; step < last; step += every) steps.add(step);
    return steps;
  }
  for (let step = 1; step < last; step = step < denseUntil ? step + 1 : Math.ceil(step * growth)) {
    steps.add(step);
  }
  return steps;
}
