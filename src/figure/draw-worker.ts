import { writeFileAtomically } from '../files/atomic-file.js';
import { answering } from '../threads/answer.js';
import type { DrawTask } from './draw-task.js';
import { renderFigure } from './render.js';

/** Entry of a worker thread: draws figures into files. @throws InputError when the disk does not take one */
export default answering(work);

async function work({ drawings }: DrawTask): Promise<void> {
  for (const { figure, files } of drawings) {
    for (const { format, path } of files) writeFileAtomically(path, await renderFigure(figure, format));
  }
}
