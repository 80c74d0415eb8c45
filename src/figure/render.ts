import type { FigureFormat } from './draw-task.js';
import { type Figure, svgOf } from './dynamics.js';

/** A figure and the name of its file, without the extension. */
export interface NamedFigure {
  readonly name: string;
  readonly figure: Figure;
}

/** A figure as the bytes of a file. Each renderer is loaded when first needed: they are larger than the rest of the program. */
export async function renderFigure(figure: Figure, format: FigureFormat): Promise<Uint8Array> {
  switch (format) {
    case 'svg':
      return new TextEncoder().encode(svgOf(figure));
    case 'png':
      return (await import('./png.js')).renderPng(figure);
    case 'pdf':
      return (await import('./pdf.js')).renderPdf(figure);
  }
}
