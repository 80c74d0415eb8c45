/** The same as without Node, and figures written as SVG, PNG and PDF over worker threads. */

export { type DrawOptions, drawFigures } from '../figure/draw-figures.js';
export { drawSweepFigures } from '../figure/draw-sweep-figures.js';
export type { FigureFormat } from '../figure/draw-task.js';
export { renderPdf } from '../figure/pdf.js';
export { renderPng } from '../figure/png.js';
export type { TableChoice } from '../figure/table-figures.js';
export type { WriteOptions } from '../figure/write-figures.js';
export * from './figures.js';
