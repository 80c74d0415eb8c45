import type { ReadonlySignal } from '@preact/signals';
import type { TextReading } from '../../src/behaviour/read-text.js';
import type { RunConfig } from '../../src/run/config.js';
import type { Block } from '../../src/series/blocks.js';
import type { Curves } from '../../src/series/curves.js';
import type { HeadsModel } from '../heads/heads-model.js';

/** What is known of one checkpoint. */
export interface StepInfo {
  readonly step: number;
  /** `ready`: its bytes can be had; `broken`: it cannot be read or holds NaN; `absent`: measured, but its file is not at hand. */
  readonly status: 'ready' | 'broken' | 'absent';
  /** Why it is broken, or how to get at it. */
  readonly message?: string;
}

/** Where a run stands. */
export interface RunProgress {
  /**
   * `waiting`: nothing there yet; `measuring`: checkpoints are being measured; `training`: the run grows; `stalled`: it
   * grew and stopped before its end; `paused`: it goes on when the reader wants; `done`: nothing more is to come.
   */
  readonly phase: 'waiting' | 'measuring' | 'training' | 'stalled' | 'paused' | 'done';
  /** Checkpoints measured, of those known. */
  readonly measured: number;
  readonly checkpoints: number;
  /** Last step that is known of, and the last one the config announces. */
  readonly lastStep: number;
  readonly endStep: number | undefined;
  readonly stepsPerSecond?: number;
  /** Of a model that is being measured: how much of the work is done, in [0, 1]. */
  readonly share?: number;
}

/** Sequences of a run's own test set. */
export interface TestSequences {
  /** N sequences of T tokens. */
  readonly tokens: readonly (readonly number[])[];
  /** Length L of each sequence's pattern. */
  readonly lengths: readonly number[];
  /** Where the two copies of each start; null for simple repetition. */
  readonly starts: readonly (readonly [number, number])[] | null;
}

/** Where the numbers come from. */
export interface Provenance {
  /** Version of bridgescope that measured. */
  readonly version: string;
  /** `config.json` with every option, and the keys that steer nothing. */
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of checkpoint files by step. */
  readonly checkpoints: Readonly<Record<string, string>>;
  /** What the folder lacks, and inputs that could not be used. */
  readonly notes: readonly string[];
}

/** One run as the page sees it: served, embedded in a report, or trained in the page. */
export interface RunSource {
  readonly setting: string;
  /** Undefined for a table that came without its run's config; then it has no checkpoints either. */
  readonly config: RunConfig | undefined;
  /** Grows while a run is being trained or measured: each value is a new object. */
  readonly curves: ReadonlySignal<Curves>;
  /** What was measured, by measure. */
  readonly blocks: ReadonlySignal<readonly Block[]>;
  /** The same numbers by heads and pairs of heads; undefined where none were measured. */
  readonly heads: ReadonlySignal<HeadsModel | undefined>;
  /** Checkpoints in order of step. */
  readonly steps: ReadonlySignal<readonly StepInfo[]>;
  readonly progress: ReadonlySignal<RunProgress>;
  readonly provenance: ReadonlySignal<Provenance>;
  /**
   * Bytes of a checkpoint, `.pt` or safetensors.
   * @throws Error whose message says what a reader can do, such as the command that opens this step
   */
  checkpoint(step: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Runs the model on a text, at a step of a series; absent where the source takes none.
   * @throws Error whose message says why it cannot, such as a text of too many tokens
   */
  readText?(text: string, step: number | null): Promise<TextReading>;
  /** The texts that `readText` knows, where it does not know every text; they were read at the last step. */
  readonly texts?: readonly string[];
  /** Some sequences of a test set; undefined where the run has none. @throws Error when they cannot be read */
  testSequences(set: 'test' | 'ood'): Promise<TestSequences | undefined>;
}
