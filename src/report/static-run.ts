import type { Block } from '../series/blocks.js';
import type { Curves } from '../series/curves.js';
import type { RunSummary } from '../server/served-run.js';
import type { EmbeddedText } from './embedded.js';

/** What the part that needs no script says of a run. */
export interface StaticRun {
  readonly summary: RunSummary;
  readonly curves: Curves;
  /** The same numbers by heads and pairs of heads. */
  readonly blocks: readonly Block[];
  readonly texts: readonly EmbeddedText[];
  /** Steps of its table of numbers. */
  readonly steps: readonly number[];
}
