/** The parts of bridgescope that read and write files and use worker threads. */

export { openCheckpoint, openTensors, openTestSet } from './checkpoint/open.js';
export { openClaims, shippedClaims } from './evidence/claims-file.js';
export { type EvidenceJson, evidenceJson } from './evidence/evidence-json.js';
export { type OpenedRuns, openRunsBelow } from './evidence/open-runs.js';
export { evidencePage } from './evidence/page.js';
export { type DrawOptions, drawFigures } from './figure/draw-figures.js';
export { drawSweepFigures } from './figure/draw-sweep-figures.js';
export type { FigureFormat } from './figure/draw-task.js';
export { renderPdf } from './figure/pdf.js';
export { renderPng } from './figure/png.js';
export { writeFileAtomically } from './run/atomic-file.js';
export { configOfRun } from './run/config-of-run.js';
export { type CheckpointFile, openRun, openRuns, type RunFolder } from './run/folder.js';
export type { ArchitectureOptions } from './run/infer-config.js';
export { type EvaluateOptions, evaluateRun, type RunEvaluation } from './series/evaluate-run.js';
export { measureRuns, type RunRecord, type SeriesOptions, type SeriesResult } from './series/measure-runs.js';
export { type PlannedRun, runsOf } from './sweep/expand.js';
export { type Plan, parsePlan } from './sweep/plan.js';
export { type HereOptions, runHere } from './sweep/run-here.js';
export { openSweep, type Sweep } from './sweep/sweep.js';
export type { SweepProgress, SweepResult } from './sweep/tally.js';
export { openTable, saveTable, type TableFormat } from './tables/save.js';
export { presets } from './train/presets.js';
export { type Progress, type TrainOptions, type TrainResult, trainRun } from './train/train-run.js';
