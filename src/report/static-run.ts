import type { Curves } from '../series/curves.js';
import type { RunSummary } from '../server/served-run.js';

/** What the part that needs no script says of a run. */
export interface StaticRun {
  readonly summary: RunSummary;
  readonly curves: Curves;
  /** Steps of its table of numbers. */
  readonly steps: readonly number[];
}
