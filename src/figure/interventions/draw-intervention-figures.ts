import { join } from 'node:path';
import { writeFileAtomically } from '../../files/atomic-file.js';
import type { FigureFormat } from '../draw-task.js';
import { pathSafe } from '../file-name.js';
import { type NamedFigure, renderFigure } from '../render.js';

/**
 * Writes figures as `interventions_{setting}/{name}.{png|svg|pdf}` below a folder.
 * @returns the paths written   @throws InputError when the disk does not take a file
 */
export async function drawInterventionFigures(
  figures: readonly NamedFigure[],
  setting: string,
  formats: readonly FigureFormat[],
  out: string,
): Promise<string[]> {
  const written: string[] = [];
  for (const { name, figure } of figures) {
    for (const format of formats) {
      const path = join(out, `interventions_${pathSafe(setting)}`, `${name}.${format}`);
      writeFileAtomically(path, await renderFigure(figure, format));
      written.push(path);
    }
  }
  return written;
}
