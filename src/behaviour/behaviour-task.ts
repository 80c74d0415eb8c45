import type { SequenceScores } from '../evaluate/head-scores.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { ForwardOutput } from '../forward/forward-pass.js';
import type { WeightsLocation } from '../run/open-weights.js';

/** Scores of all heads on some sequences. @returns SequenceScores */
export interface ScoresTask {
  readonly kind: 'scores';
  readonly location: WeightsLocation;
  readonly tokens: RepeatedTokens;
}

/** Losses and predictions on some sequences, and what else is asked for. @returns ForwardOutput */
export interface PredictionsTask {
  readonly kind: 'predictions';
  readonly location: WeightsLocation;
  /** N×T, row-major. */
  readonly tokens: Int32Array;
  /** T. */
  readonly length: number;
  /** Positions at which all logits are returned. */
  readonly logits?: readonly number[];
  /** Whether the attention of all heads is returned. */
  readonly attention?: boolean;
  /** Whether the model will be run again, so that its weights are worth keeping. */
  readonly again?: boolean;
}

export type BehaviourTask = ScoresTask | PredictionsTask;

export type BehaviourResult = SequenceScores | ForwardOutput<Float32Array>;
