/**
 * bridgescope as a library: everything here is free of Node, so a browser can import it too. What touches the disk or
 * starts threads is in `bridgescope/node`.
 */

export { InputError, ShapeError, UsageError } from './errors.js';
export * as checkpoint from './library/checkpoint.js';
export * as figures from './library/figures.js';
export * as forward from './library/forward.js';
export * as interventions from './library/interventions.js';
export * as measures from './library/measures.js';
export * as model from './library/model.js';
export * as stats from './library/stats.js';
export * as step from './library/step.js';
export * as table from './library/table.js';
export * as train from './library/train.js';
