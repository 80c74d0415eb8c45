import type { RunConfig } from '../run/config.js';
import type { CheckpointFile } from '../run/folder.js';
import type { Evaluation } from '../train/evaluate.js';

/** A share of a run's checkpoints to evaluate. */
export interface EvaluateTask {
  readonly config: RunConfig;
  /** Paths of `test.pth` and `test_ood.pth`, those that there are. */
  readonly testSets: Readonly<Partial<Record<TestSetName, string>>>;
  readonly files: readonly CheckpointFile[];
}

export type TestSetName = 'test' | 'ood';

/** One checkpoint's evaluations, or why there are none. */
export interface EvaluatedFile {
  readonly evaluations?: Readonly<Partial<Record<TestSetName, Evaluation>>>;
  readonly failure?: string;
}
