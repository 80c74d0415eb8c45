/** The same as without Node, and run folders: made, opened, evaluated. */

export { configOfRun } from '../run/config-of-run.js';
export { type CheckpointFile, openRun, openRuns, type RunFolder } from '../run/folder.js';
export type { ArchitectureOptions } from '../run/infer-config.js';
export { type EvaluateOptions, evaluateRun, type RunEvaluation } from '../series/evaluate-run.js';
export { presets } from '../train/presets.js';
export { type TrainingProgress, type TrainOptions, type TrainResult, trainRun } from '../train/train-run.js';
export * from './train.js';
