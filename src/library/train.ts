/** The engine that trains the published Transformer, and the errors of a run. */

export { createEngine, type EngineOptions } from '../model/create-engine.js';
export type { Engine, ForwardOptions, ForwardResult } from '../model/engine.js';
export { type ParameterLayout, parameterLayout } from '../model/parameters.js';
export { flatParameters, stateOf } from '../model/state.js';
export { type ErrorCurves, parseErrorCurves } from '../run/error-curves.js';
export { type Evaluation, evaluate } from '../train/evaluate.js';
