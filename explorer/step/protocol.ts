import type { Edit } from '../../src/causal/edit.js';
import type { BaselineSummary } from '../../src/measures/random-baseline.js';
import type { RunConfig } from '../../src/run/config.js';
import type { HeatMatrix } from '../../src/step/circuit-maps.js';
import type { Copies } from '../../src/step/copies.js';
import type { Cosines } from '../../src/step/cosines.js';
import type { JudgedSequences } from '../../src/step/judge-sequences.js';
import type { PairScores } from '../../src/step/over-rel-pos.js';
import type { PlaceErrors } from '../../src/step/place-errors.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import type { Spectrum } from '../../src/step/spectra.js';
import type { Sequences } from '../../src/train/sequences.js';

/** What is computed of two heads at one rank and relative position. */
export interface Numbers {
  readonly spectra: readonly Spectrum[];
  readonly cosines: Cosines;
  /** Null in a model of one layer. */
  readonly scores: PairScores | null;
  /** The embedding–OV match of the writer. */
  readonly writer: PairScores['match'];
}

/** What the worker can be asked about an opened checkpoint: the question, and what it answers. */
export interface Questions {
  maps: { ask: { pair: string; relPos: number }; answer: readonly HeatMatrix[] };
  numbers: { ask: { pair: string; relPos: number; rank: number }; answer: Numbers };
  /** Scores at several relative positions. */
  scores: {
    ask: { pair: string; relPos: readonly number[]; rank: number };
    answer: readonly (PairScores | null)[];
  };
  /** The arrays behind all of it, as an `.npz` archive. */
  arrays: { ask: { pair: string; relPos: number; rank: number }; answer: Uint8Array<ArrayBuffer> };
  /** Cosines of random subspaces: depends on the config alone. */
  band: { ask: { rank: number }; answer: readonly BaselineSummary[] };
  sequence: {
    ask: { tokens: Int32Array<ArrayBuffer>; copies: Copies | null; edits?: readonly Edit[] };
    answer: SequenceReading;
  };
  places: { ask: Sequences; answer: readonly PlaceErrors[] };
  /** Errors of the checkpoint, edited or not. */
  judged: { ask: { sequences: Sequences; edits: readonly Edit[] }; answer: JudgedSequences };
}

export type Kind = keyof Questions;

/** A question to the worker. */
export interface Question<K extends Kind = Kind> {
  readonly id: number;
  /** Names the checkpoint. */
  readonly key: string;
  readonly kind: K;
  readonly ask: Questions[K]['ask'];
  /** The checkpoint itself, where the worker has said that it needs it. */
  readonly opening?: {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly config: RunConfig;
    /** What errors name. */
    readonly file: string;
  };
}

/** Exactly one of the others is there: an answer, a message for the reader, or the wish for the checkpoint's bytes. */
export interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
  readonly need?: true;
}
