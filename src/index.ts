/**
 * bridgescope as a library: everything here is free of Node, so a browser can import it too. What touches the disk or
 * starts threads is in `bridgescope/node`.
 */

export { CheckpointError } from './checkpoint/errors.js';
export { readCheckpoint, readTensors } from './checkpoint/read.js';
export { readSafetensors } from './checkpoint/safetensors-read.js';
export { writeSafetensors } from './checkpoint/safetensors-write.js';
export { readTestSet, type TestSetTensors, writeTestSet } from './checkpoint/test-set.js';
export { writeTorchFile } from './checkpoint/torch-write.js';
export { InputError, ShapeError, UsageError } from './errors.js';
export { darkFigureRules } from './figure/dark-inks.js';
export { dynamicsFigure, type Figure, figureMaker, svgOf } from './figure/dynamics.js';
export { figureFile } from './figure/file-name.js';
export type { Choice } from './figure/panels.js';
export { figuresOfRuns, type SweepFigure, sweepFigures } from './figure/sweep-figures.js';
export type { LinearAlgebra, Svd, SvdSides, Transposed } from './linalg/algebra.js';
export { kernels } from './linalg/kernels.js';
export { type Matrix, matrix } from './linalg/matrix.js';
export { reference } from './linalg/reference.js';
export { Circuits } from './measures/circuits.js';
export { estimatedRank } from './measures/estimated-rank.js';
export type { Emit, Measure, MeasureKey, MeasurePlan } from './measures/measure.js';
export { mismatchRatio } from './measures/mismatch-ratio.js';
export { positionCoefficient } from './measures/position-coefficient.js';
export { qkOvMatch } from './measures/qk-ov-match.js';
export {
  type Baseline,
  type BaselineDraws,
  baselineDraws,
  baselineQuantile,
  baselineTail,
  randomBaseline,
} from './measures/random-baseline.js';
export { measures } from './measures/registry.js';
export { type Rotation, rotation } from './measures/rotary.js';
export { type RankEstimate, screeNot } from './measures/screenot.js';
export { type SubspaceMatch, subspaceMatch } from './measures/subspace-match.js';
export { attentionWeights } from './measures/weights.js';
export { wteOvMatch } from './measures/wte-ov-match.js';
export { zScore } from './measures/z-score.js';
export type { ModelConfig } from './model/config.js';
export { createEngine, type EngineOptions } from './model/create-engine.js';
export type { Engine, ForwardOptions, ForwardResult } from './model/engine.js';
export { flatParameters, stateOf } from './model/state.js';
export { type ConfigFile, checkConfig, parseConfig, type RunConfig } from './run/config.js';
export { type ErrorCurves, parseErrorCurves } from './run/error-curves.js';
export { type Curve, type CurveKey, type Curves, curvesOf } from './series/curves.js';
export { type CheckpointMeasures, measureCheckpoint } from './series/measure-checkpoint.js';
export type { Row } from './series/row.js';
export { rowsOf, type Table, TableBuilder } from './series/table.js';
export { antitonicFit, crossingStep } from './stats/antitonic.js';
export { type ChangePoint, changePoints } from './stats/change-points.js';
export { type Claim, checkClaims, runsOfClaim } from './stats/claims.js';
export { copyErrorOf, errorFloor } from './stats/copy-error.js';
export { type Estimate, medianEstimate, proportion } from './stats/intervals.js';
export { fitLogisticCurve, type LogisticCurve } from './stats/logistic-curve.js';
export { type PoolThreshold, poolGroups, poolThreshold } from './stats/pool-threshold.js';
export type { RunData, Selection, Series } from './stats/run-data.js';
export { type Statistic, statistics } from './stats/statistics.js';
export { type Family, familiesOf, type StudiedRun, studyRuns } from './stats/study.js';
export { type RunTransition, transitionOf } from './stats/transition.js';
export { type Verdict, verdictsOf } from './stats/verdict.js';
export { circuitMaps, type HeatMatrix } from './step/circuit-maps.js';
export { type Cosines, cosines } from './step/cosines.js';
export { type HeadPattern, headPatterns } from './step/head-patterns.js';
export { choicesOf, type OpenedStep, openStep, type PairCircuits, pairCircuits } from './step/open-step.js';
export { type PairScores, pairScores } from './step/over-rel-pos.js';
export { type PlaceErrors, placeErrors } from './step/place-errors.js';
export { readSequence, type SequenceReading } from './step/read-sequence.js';
export { createSession, type StepSession } from './step/session.js';
export { type Spectrum, spectra } from './step/spectra.js';
export { csvChunks } from './tables/csv.js';
export { jsonChunks } from './tables/json.js';
export { type TableMetadata, tableMetadata } from './tables/meta.js';
export { writeParquet } from './tables/parquet.js';
export { parseTable, type ReadTable } from './tables/read.js';
export { toFloat32, toFloat64 } from './tensor/decode.js';
export type { DType } from './tensor/dtype.js';
export type { StateDict, Tensor } from './tensor/tensor.js';
export { type Evaluation, evaluate } from './train/evaluate.js';
