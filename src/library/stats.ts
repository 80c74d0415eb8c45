/** Tables of many runs → transitions, thresholds, intervals, verdicts. */

export { antitonicFit, crossingStep } from '../stats/antitonic.js';
export { type ChangePoint, changePoints } from '../stats/change-points.js';
export { type Claim, checkClaims, runsOfClaim } from '../stats/claims.js';
export { copyErrorOf, errorFloor } from '../stats/copy-error.js';
export { type Estimate, medianEstimate, proportion } from '../stats/intervals.js';
export { fitLogisticCurve, type LogisticCurve } from '../stats/logistic-curve.js';
export { type PoolThreshold, poolGroups, poolThreshold } from '../stats/pool-threshold.js';
export type { RunData, RunSelection, Series } from '../stats/run-data.js';
export { type Statistic, statistics } from '../stats/statistics.js';
export { type Family, familiesOf, type StudiedRun, studyRuns } from '../stats/study.js';
export { type RunTransition, transitionOf } from '../stats/transition.js';
export { type Verdict, verdictsOf } from '../stats/verdict.js';
