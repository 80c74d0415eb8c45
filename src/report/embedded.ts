import type { RunSummary, ServedSequences } from '../server/served-run.js';
import type { TextAnswer } from '../server/text-answer.js';

/** Id of the script element that holds what a report embeds. */
export const dataElement = 'bridgescope-data';

/** A text, and what the model made of it at its last step. */
export interface EmbeddedText {
  readonly text: string;
  readonly reading: TextAnswer;
}

/** One run inside a report; bytes are base64. */
export interface EmbeddedRun {
  readonly summary: RunSummary;
  /** The run's whole table as Parquet. */
  readonly table: string;
  /** Checkpoint files by step. */
  readonly checkpoints: Readonly<Record<string, string>>;
  readonly sequences: Readonly<Partial<Record<'test' | 'ood', ServedSequences>>>;
  readonly texts: readonly EmbeddedText[];
}

/** What a report embeds. */
export interface EmbeddedData {
  readonly version: string;
  readonly runs: readonly EmbeddedRun[];
}

/**
 * JSON as it may stand inside a script element: no text of it can end the element or open a comment in it, whatever names
 * a run folder holds.
 */
export function scriptJson(data: unknown): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
