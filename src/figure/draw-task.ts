import type { Figure } from './dynamics.js';

export type FigureFormat = 'png' | 'svg' | 'pdf';

/** Figures for one worker to draw; panels that they share are the same objects. */
export interface DrawTask {
  readonly drawings: readonly Drawing[];
}

/** A figure and the files it goes to. */
export interface Drawing {
  readonly figure: Figure;
  readonly files: readonly { readonly format: FigureFormat; readonly path: string }[];
}
