import type { PlannedTraining } from './expand.js';
import type { PlannedCheckpoint } from './planned-checkpoint.js';

/** Everything that a run of a sweep takes, so that any thread or machine can make it. */
export type RunOrder = TrainingOrder | CheckpointOrder;

interface OrderedWork {
  /** The sweep's folder. */
  readonly folder: string;
  /** Of bridgescope. */
  readonly version: string;
  /** Threads that make the run together. */
  readonly threads: number;
}

export type TrainingOrder = Omit<PlannedTraining, 'axes'> & OrderedWork;
export type CheckpointOrder = Omit<PlannedCheckpoint, 'axes'> & OrderedWork;

/** How the work on a run is called off and followed. */
export interface RunWatch {
  readonly signal: AbortSignal;
  /** Called at times with the updates done; 1 where a checkpoint is done. */
  readonly onStep: (step: number) => void;
}

/** How the work on a run ended, and after how many updates. */
export type RunEnd =
  | { readonly status: 'done'; readonly step: number }
  | { readonly status: 'stopped'; readonly step: number };
