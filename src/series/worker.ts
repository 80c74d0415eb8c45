import { type Baseline, randomBaseline } from '../measures/random-baseline.js';
import { answering } from './answer.js';
import { measureFiles, readErrors } from './perform.js';
import type { BaselinesTask, CheckpointsResult, CheckpointsTask, ErrorsResult, ErrorsTask } from './task.js';

/** Entry of a worker thread of the series. */
export default answering(work);

function work(
  task: CheckpointsTask | ErrorsTask | BaselinesTask,
): CheckpointsResult | ErrorsResult | ReadonlyMap<number, Baseline> {
  switch (task.kind) {
    case 'checkpoints':
      return measureFiles(task);
    case 'errors':
      return readErrors(task);
    case 'baselines':
      return new Map(task.ranks.map((rank) => [rank, randomBaseline(task.d, rank)]));
  }
}
