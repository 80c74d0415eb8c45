import { writeFileAtomically } from '../run/atomic-file.js';
import { answering } from '../series/answer.js';
import type { DrawTask, FigureFormat } from './draw-task.js';
import { type Figure, svgOf } from './dynamics.js';

/** Entry of a worker thread: draws figures into files. @throws InputError when the disk does not take one */
export default answering(work);

async function work({ drawings }: DrawTask): Promise<void> {
  for (const { figure, files } of drawings) {
    for (const { format, path } of files) writeFileAtomically(path, await render(figure, format));
  }
}

async function render(figure: Figure, format: FigureFormat): Promise<Uint8Array> {
  // Each renderer is loaded when first needed: they are larger than the rest of the program.
  switch (format) {
    case 'svg':
      return new TextEncoder().encode(svgOf(figure));
    case 'png':
      return (await import('./png.js')).renderPng(figure);
    case 'pdf':
      return (await import('./pdf.js')).renderPdf(figure);
  }
}
