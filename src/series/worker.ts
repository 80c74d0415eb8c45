import { measureFiles, readErrors } from './perform.js';
import type { CheckpointsResult, CheckpointsTask, ErrorsResult, ErrorsTask } from './task.js';

/** Entry of a worker thread of the series. */
export default function work(task: CheckpointsTask | ErrorsTask): CheckpointsResult | ErrorsResult {
  return task.kind === 'checkpoints' ? measureFiles(task) : readErrors(task);
}
