import { InputError, UsageError } from '../errors.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import { Circuits } from '../measures/circuits.js';
import type { MeasureKey, MeasurePlan } from '../measures/measure.js';
import { measures } from '../measures/registry.js';
import { attentionWeights, firstNonFinite } from '../measures/weights.js';
import type { StateDict } from '../tensor/tensor.js';

/** Every number of one checkpoint; `keys` and `values` go together. */
export interface CheckpointMeasures {
  readonly keys: readonly MeasureKey[];
  /** NaN where a number cannot be computed. */
  readonly values: Float64Array;
}

/**
 * Checks what was asked for against the model.
 * @throws UsageError for ranks above d_model, and for relative positions where the model has no rotary ones
 */
export function checkPlan({ config, ranks, relPos }: MeasurePlan, setting: string): void {
  const wrongRank = ranks.find((rank) => !Number.isInteger(rank) || rank < 1 || rank > config.d_model);
  if (wrongRank !== undefined) {
    throw new UsageError(
      `${setting}: rank ${wrongRank} is not between 1 and d_model ${config.d_model}; choose smaller ranks`,
    );
  }
  const wrongRelPos = relPos.find((t) => t !== 0 && config.pos !== 'rotary');
  if (wrongRelPos !== undefined) {
    throw new UsageError(
      `${setting}: relative position ${wrongRelPos} needs rotary positions, but its pos is ${config.pos}; choose 0 alone`,
    );
  }
}

/**
 * Computes every measure of one checkpoint.
 * @param file what to name in an error
 * @throws InputError when tensors are missing, contradict the config, or hold NaN or infinity
 */
export function measureCheckpoint(
  state: StateDict,
  plan: MeasurePlan,
  algebra: LinearAlgebra,
  file: string,
): CheckpointMeasures {
  const bad = firstNonFinite(state);
  if (bad !== undefined) {
    throw new InputError(`${file}: tensor ${bad} holds NaN or infinity; the run had diverged by this step`);
  }
  const weights = attentionWeights(state, plan.config, file);
  const circuits = new Circuits(weights, plan.config, algebra, Math.max(...plan.ranks));
  const keys: MeasureKey[] = [];
  const values: number[] = [];
  for (const measure of measures) {
    measure(circuits, plan, (key, value) => {
      keys.push(key);
      values.push(Number.isFinite(value) ? value : Number.NaN);
    });
  }
  return { keys, values: Float64Array.from(values) };
}
