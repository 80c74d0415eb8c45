import type { TextReading } from '../behaviour/read-text.js';

/** What is known of one checkpoint, as the page reads it (`explorer/source/run-source.ts`). */
export interface ServedStep {
  readonly step: number;
  readonly status: 'ready' | 'broken' | 'absent';
  readonly message?: string;
}

/** Where a run stands, as the page reads it. */
export interface ServedProgress {
  readonly phase: 'waiting' | 'measuring' | 'training' | 'stalled' | 'done';
  readonly measured: number;
  readonly checkpoints: number;
  readonly lastStep: number;
  readonly endStep: number | undefined;
  readonly stepsPerSecond?: number;
  /** Of a model that is being measured: how much of the work is done, in [0, 1]. */
  readonly share?: number;
}

/** Parts of a run's table: the error curves are there at once, the measures come as checkpoints are measured. */
export const tableParts = ['errors', 'measures', 'all'] as const;
export type TablePart = (typeof tableParts)[number];

/** What `GET /api/runs` returns for a run. */
export interface RunSummary {
  readonly name: string;
  /** Checked options of the experiment; null for a table without them. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly steps: readonly ServedStep[];
  readonly progress: ServedProgress;
  readonly provenance: {
    readonly version: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly checkpoints: Readonly<Record<string, string>>;
    readonly notes: readonly string[];
  };
  /** Change when the part does. */
  readonly versions: { readonly errors: number; readonly measures: number };
  /** Whether `GET /api/runs/NAME/text` answers for it. */
  readonly takesText?: boolean;
}

/** What `GET /api/runs` answers. */
export interface RunsAnswer {
  readonly version: string;
  /** Another one after a restart: then what a page has kept may be stale. */
  readonly boot: string;
  readonly runs: readonly RunSummary[];
}

/** Some sequences of a test set. */
export interface ServedSequences {
  readonly tokens: readonly (readonly number[])[];
  readonly lengths: readonly number[];
  readonly starts: readonly (readonly number[])[] | null;
}

/** One run behind the server: a folder that is followed, or a table. */
export interface ServedRun {
  readonly name: string;
  summary(): RunSummary;
  /** Parquet bytes. */
  table(part: TablePart): Uint8Array<ArrayBuffer>;
  /** Bytes of a checkpoint. @throws InputError when this step has none that may be read */
  checkpoint(step: number): Uint8Array<ArrayBuffer>;
  /** Undefined where the run has no such set. @throws InputError when it cannot be read, or may not be */
  sequences(set: 'test' | 'ood'): ServedSequences | undefined;
  /**
   * Runs the model on a text; absent where a run takes none.
   * @param step the last one unless given
   * @throws InputError where the text makes no tokens or too many, or the model cannot be run
   */
  readText?(text: string, step: number | undefined): Promise<TextReading>;
  /** Ends what it does in the background. */
  close?(): Promise<void>;
}
