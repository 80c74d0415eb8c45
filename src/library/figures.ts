/** Tables → figures as SVG. */

export { darkFigureRules } from '../figure/dark-inks.js';
export { dynamicsFigure, type Figure, figureMaker, svgOf } from '../figure/dynamics.js';
export { figureFile } from '../figure/file-name.js';
export type { Choice } from '../figure/panels.js';
export { figuresOfRuns, type SweepFigure, sweepFigures } from '../figure/sweep-figures.js';
