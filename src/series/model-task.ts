import type { CompositionPlan } from '../measures/all-pairs/compositions.js';
import type { WeightsLocation } from '../run/open-weights.js';

/** Layers from `from` on, up to `to`, which is not among them. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

/** One checkpoint, as it is sent to a worker thread. */
export interface ModelSource {
  readonly location: WeightsLocation;
  readonly foldNorm: boolean;
}

/** Memory that tasks of one checkpoint share; every task writes to places of its own. */
export interface SharedSubspaces {
  /** count×d of every head, one after the other, float64. */
  readonly directions: SharedArrayBuffer | ArrayBuffer;
  /** Of every head, int32. */
  readonly ranks: SharedArrayBuffer | ArrayBuffer;
  /** Kept of each subspace. */
  readonly count: number;
}

/** What the heads of a layer write, into `written`. */
export interface WrittenTask extends ModelSource {
  readonly kind: 'written';
  readonly layer: number;
  readonly written: SharedSubspaces;
}

/** Match of what the heads of a layer read with what all heads write. @returns MatchResult */
export interface MatchTask extends ModelSource {
  readonly kind: 'match';
  readonly layer: number;
  readonly ranks: readonly number[];
  readonly relPos: readonly number[];
  readonly written: SharedSubspaces;
}

/** By relative position, then rank: heads of the layer × all heads. */
export type MatchResult = readonly (readonly {
  readonly largest: Float64Array;
  readonly mean: Float64Array;
}[])[];

/** Measures that are inner products of circuits, of the heads of some layers. @returns Compositions */
export interface CompositionsTask extends ModelSource {
  readonly kind: 'compositions';
  readonly readers: LayerRange;
  readonly writers: LayerRange;
  readonly relPos: readonly number[];
  readonly plan: CompositionPlan;
}

/** Token mismatch of the heads of a layer with all heads. @returns by relative position: heads of the layer × all heads */
export interface MismatchTask extends ModelSource {
  readonly kind: 'mismatch';
  readonly layer: number;
  readonly relPos: readonly number[];
}

/** Eᵀ U into `tokens`, d×d float64. */
export interface TokensTask extends ModelSource {
  readonly kind: 'tokens';
  readonly tokens: SharedArrayBuffer | ArrayBuffer;
}

/** Copying scores of the heads of a layer. @returns one a head */
export interface CopyingTask extends ModelSource {
  readonly kind: 'copying';
  readonly layer: number;
  readonly tokens: SharedArrayBuffer | ArrayBuffer;
}

/** The embedding's subspace, into `embedding`, which is that of one head. */
export interface EmbeddingTask extends ModelSource {
  readonly kind: 'embedding';
  readonly embedding: SharedSubspaces;
}

export type ModelTask =
  | WrittenTask
  | MatchTask
  | CompositionsTask
  | MismatchTask
  | TokensTask
  | CopyingTask
  | EmbeddingTask;
