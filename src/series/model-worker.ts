import { openWeights } from '../run/open-weights.js';
import { answering } from '../threads/answer.js';
import type { ModelTask } from './model-task.js';
import { performOnWeights } from './perform-model-task.js';

/** Entry of a worker thread that measures models. */
export default answering((task: ModelTask) => performOnWeights(openWeights(task.location), task));
