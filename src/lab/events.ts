import type { MeasureKey } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import type { RunConfig } from '../run/config.js';
import type { ErrorMeasure } from '../run/error-curves.js';

/** What a page asks of the worker that trains for it. */
export type LabOrder =
  | {
      readonly kind: 'begin';
      readonly config: RunConfig;
      /** Of bridgescope, for the manifest. */
      readonly version: string;
    }
  /** Trains on: to the end, or so many steps further. Ignored while it trains. */
  | { readonly kind: 'run'; readonly steps?: number }
  /** Stops after the present step. */
  | { readonly kind: 'pause' };

/** The events that the worker sends, in this order within a run. */
export type LabEvent =
  /** What random subspaces of this model score, by rank. */
  | { readonly kind: 'baselines'; readonly baselines: ReadonlyMap<number, Baseline> }
  /** A file of the run folder, to be kept; it replaces one of the same name. */
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'progress'; readonly step: number; readonly loss: number }
  | {
      readonly kind: 'evaluated';
      readonly step: number;
      readonly values: Readonly<Record<ErrorMeasure, number>>;
    }
  /** Every measure of the checkpoint just kept. */
  | {
      readonly kind: 'measured';
      readonly step: number;
      readonly keys: readonly MeasureKey[];
      readonly values: Float64Array;
    }
  /** It waits: it was paused, or has done the steps it was asked for. */
  | { readonly kind: 'paused'; readonly step: number }
  | { readonly kind: 'finished'; readonly step: number }
  /** It cannot go on; what was kept is sound. */
  | { readonly kind: 'failed'; readonly message: string };
