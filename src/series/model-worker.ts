import { answering } from '../threads/answer.js';
import { performModelTask } from './perform-model-task.js';

/** Entry of a worker thread that measures models. */
export default answering(performModelTask);
