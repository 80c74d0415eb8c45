/** Plans, and many runs by them. */

export { type PlannedRun, plannedRuns } from '../sweep/expand.js';
export { type Plan, parsePlan } from '../sweep/plan.js';
export { type HereOptions, runHere } from '../sweep/run-here.js';
export { openSweep, type Sweep } from '../sweep/sweep.js';
export type { SweepProgress, SweepResult } from '../sweep/tally.js';
