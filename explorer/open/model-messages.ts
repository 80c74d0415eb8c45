import type { TextReading } from '../../src/behaviour/read-text.js';
import type { ModelFiles } from './model-files.js';

/** What the page asks of the worker that has a model open. */
export type ModelOrder =
  | { readonly kind: 'open'; readonly files: ModelFiles }
  | { readonly kind: 'text'; readonly id: number; readonly text: string };

/** What the worker answers. */
export type ModelEvent =
  /** The model is open; what is measured of it follows. */
  | {
      readonly kind: 'opened';
      readonly config: Readonly<Record<string, unknown>>;
      readonly takesText: boolean;
    }
  /** Of what is to be measured, in [0, 1]. */
  | { readonly kind: 'progress'; readonly share: number }
  /** All numbers so far, as Parquet. */
  | { readonly kind: 'table'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'done'; readonly notes: readonly string[] }
  /** Nothing can be done with the model. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'reading'; readonly id: number; readonly reading: TextReading }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string };
