import { join } from 'node:path';
import { writeFileAtomically } from '../run/atomic-file.js';
import type { FigureFormat } from './draw-task.js';
import { type Figure, svgOf } from './dynamics.js';
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
      writeFileAtomically(path, await bytesOf(figure, format));
      written.push(path);
    }
  }
  return written;
}

async function bytesOf(figure: Figure, format: FigureFormat): Promise<Uint8Array> {
  switch (format) {
    case 'svg':
      return new TextEncoder().encode(svgOf(figure));
    case 'png':
      return (await import('./png.js')).renderPng(figure);
    case 'pdf':
      return (await import('./pdf.js')).renderPdf(figure);
  }
}
