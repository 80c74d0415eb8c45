/** The same as without Node, runs measured over worker threads, and models of many heads. */

export {
  measureRuns,
  type RunRecord,
  type SeriesOptions,
  type SeriesResult,
} from '../series/measure-runs.js';
export { measureWeights } from '../series/measure-weights.js';
export type { HeadColumn, ModelColumns, PairColumn } from '../series/model-columns.js';
export * from './measures.js';
