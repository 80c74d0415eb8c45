import type { RunTestSet } from '../evaluate/run-judge.js';
import type { RunConfig } from '../run/config.js';
import type { Edit } from './edit.js';

/** Edits of one checkpoint of a run, to be judged on the run's own test sets. */
export interface RunTask {
  readonly config: RunConfig;
  /** Paths of `test.pth` and `test_ood.pth`, those that there are. */
  readonly testSets: Readonly<Partial<Record<RunTestSet, string>>>;
  readonly path: string;
  /** Paths of the checkpoints that transplants come from, by step. */
  readonly donors: Readonly<Record<number, string>>;
  readonly edits: readonly Edit[];
}
