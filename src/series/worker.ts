import { type Baseline, randomBaseline } from '../measures/random-baseline.js';
import { answering } from '../threads/answer.js';
import { measureFiles, readErrors } from './perform.js';
import type { CheckpointsResult, ErrorsResult, SeriesTask } from './task.js';

/** Entry of a worker thread of the series. */
export default answering(work);

function work(task: SeriesTask): CheckpointsResult | ErrorsResult | ReadonlyMap<number, Baseline> {
  switch (task.kind) {
    case 'checkpoints':
      return measureFiles(task);
    case 'errors':
      return readErrors(task);
    case 'baselines':
      return new Map(task.ranks.map((rank) => [rank, randomBaseline(task.d, rank)]));
  }
}
