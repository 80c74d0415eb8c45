import { InputError } from '../errors.js';
import { kernelForward } from '../forward/kernel-forward.js';
import { kernels } from '../linalg/kernels.js';
import { openWeights } from '../run/open-weights.js';
import { answering } from '../threads/answer.js';
import { judgeModelEdits } from './judge-model-edits.js';
import type { JudgedTask } from './judge-trials.js';
import type { ModelEditTask } from './model-edit-task.js';

/** Entry of a worker thread: judges edits of checkpoints of any model by copying. */
export default answering(work);

function work({ location, donors, sequences, edits }: ModelEditTask): JudgedTask {
  try {
    const judge = { forward: kernelForward, sequences, algebra: kernels };
    const donor = (step: number) => openWeights(donors[step]!);
    const found = judgeModelEdits(openWeights(location), edits, judge, donor);
    return {
      judgements: found.map(({ prob, err, wrong, of }) => ({ prob, err, wrong, of })),
      wrongOfSequence: found.map(({ wrongOfSequence }) => [...wrongOfSequence]),
    };
  } catch (error) {
    if (error instanceof InputError) return { failure: error.message };
    throw error;
  }
}
