import type { RunConfig } from './config.js';

/**
 * Steps at which a run with this config saves a checkpoint, smallest first; `ckpt_0` included. One at a time, since a
 * config can announce a thousand million of them.
 */
export function* savedSteps(config: RunConfig): Generator<number> {
  yield 0;
  const interval = savingInterval(config);
  for (let k = 0; k < earlySaves(config); k++) yield 2 ** k;
  for (let step = interval; step <= config.num_epoch; step += interval) yield step;
}

/** How many there are of them. */
export function countSavedSteps(config: RunConfig): number {
  return 1 + earlySaves(config) + Math.floor(config.num_epoch / savingInterval(config));
}

/** Whether a step is one of them. */
export function isSavedStep(config: RunConfig, step: number): boolean {
  const isRegular = step <= config.num_epoch && step % savingInterval(config) === 0;
  return isRegular || (Number.isInteger(Math.log2(step)) && Math.log2(step) < earlySaves(config));
}

/** The last of them up to `step`. */
export function lastSavedStep(config: RunConfig, step: number): number {
  const interval = savingInterval(config);
  const until = Math.min(step, config.num_epoch);
  if (until >= interval) return until - (until % interval);
  const early = Math.min(earlySaves(config), until < 1 ? 0 : Math.floor(Math.log2(until)) + 1);
  return early === 0 ? 0 : 2 ** (early - 1);
}

function savingInterval({ num_epoch, n_save }: RunConfig): number {
  return Math.max(1, Math.floor(num_epoch / n_save));
}

/** Steps 1, 2, 4, … before the first regular one. */
function earlySaves(config: RunConfig): number {
  return config.up_to_first_save ? Math.floor(Math.log2(savingInterval(config))) : 0;
}
