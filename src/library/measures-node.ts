/** The same as without Node, and runs measured over worker threads. */

export {
  measureRuns,
  type RunRecord,
  type SeriesOptions,
  type SeriesResult,
} from '../series/measure-runs.js';
export * from './measures.js';
