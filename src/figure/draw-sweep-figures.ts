import { join } from 'node:path';
import { writeFileAtomically } from '../files/atomic-file.js';
import type { FigureFormat } from './draw-task.js';
import { renderFigure } from './render.js';
import type { SweepFigure } from './sweep-figures.js';

/**
 * Writes figures over runs as `over_runs/{name}.{png|svg|pdf}` below a folder.
 * @returns the paths written
 * @throws InputError when the disk does not take a file
 */
export async function drawSweepFigures(
  figures: readonly SweepFigure[],
  formats: readonly FigureFormat[],
  out: string,
): Promise<string[]> {
  const written: string[] = [];
  for (const { name, figure } of figures) {
    for (const format of formats) {
      const path = join(out, 'over_runs', `${name}.${format}`);
      writeFileAtomically(path, await renderFigure(figure, format));
      written.push(path);
    }
  }
  return written;
}
