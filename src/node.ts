/**
 * bridgescope as a library of Node: everything that `bridgescope` has, and the parts that read and write files and use
 * worker threads.
 */

export { InputError, ShapeError, UsageError } from './errors.js';
export { draw } from './figure/draw.js';
export * as checkpoint from './library/checkpoint-node.js';
export * as evidence from './library/evidence.js';
export * as figures from './library/figures-node.js';
export * as forward from './library/forward.js';
export * as interventions from './library/interventions.js';
export * as measures from './library/measures-node.js';
export * as model from './library/model.js';
export * as stats from './library/stats.js';
export * as step from './library/step.js';
export * as sweeps from './library/sweeps.js';
export * as table from './library/table-node.js';
export * as train from './library/train-node.js';
export { type ModelStep, type OpenedModel, type OpenModelOptions, openModel } from './run/open-model.js';
export { measure } from './series/measure.js';
export type { OpenedOptions as MeasureOptions } from './series/measure-opened.js';
