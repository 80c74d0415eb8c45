/** Weights → numbers, one function a quantity, and the linear algebra that they take. */

export type { LinearAlgebra, Svd, SvdSides, Transposed } from '../linalg/algebra.js';
export { kernels } from '../linalg/kernels.js';
export { type Matrix, matrix } from '../linalg/matrix.js';
export { reference } from '../linalg/reference.js';
export { Circuits } from '../measures/circuits.js';
export { estimatedRank } from '../measures/estimated-rank.js';
export type { Emit, Measure, MeasureKey, MeasurePlan } from '../measures/measure.js';
export { mismatchRatio } from '../measures/mismatch-ratio.js';
export { positionCoefficient } from '../measures/position-coefficient.js';
export { qkOvMatch } from '../measures/qk-ov-match.js';
export {
  type Baseline,
  type BaselineDraws,
  baselineDraws,
  baselineQuantile,
  baselineTail,
  randomBaseline,
} from '../measures/random-baseline.js';
export { measures as everyMeasure } from '../measures/registry.js';
export { type Rotation, rotation } from '../measures/rotary.js';
export { type RankEstimate, screeNot } from '../measures/screenot.js';
export { type SubspaceMatch, subspaceMatch } from '../measures/subspace-match.js';
export { attentionWeights } from '../measures/weights.js';
export { wteOvMatch } from '../measures/wte-ov-match.js';
export { zScore } from '../measures/z-score.js';
export { type CheckpointMeasures, measureCheckpoint } from '../series/measure-checkpoint.js';
