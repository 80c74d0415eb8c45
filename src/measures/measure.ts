import type { ModelConfig } from '../model/config.js';
import type { Circuits } from './circuits.js';

/** Which numbers a measure makes for one checkpoint: a row of the table without its setting, step and value. */
export interface MeasureKey {
  readonly measure: string;
  readonly of: string | null;
  readonly rel_pos: number | null;
  readonly rank: number | null;
  readonly statistic: string | null;
}

/** What the user asked for, the same for every checkpoint of a run. */
export interface MeasurePlan {
  readonly config: ModelConfig;
  readonly ranks: readonly number[];
  readonly relPos: readonly number[];
}

/** Takes the numbers of a measure one by one; NaN where a number cannot be computed. */
export type Emit = (key: MeasureKey, value: number) => void;

/**
 * A quantity computed from one checkpoint. It emits the same keys in the same order for every checkpoint of a run.
 * To add one: a file, a test, and a line in `registry.ts`.
 */
export type Measure = (circuits: Circuits, plan: MeasurePlan, emit: Emit) => void;
