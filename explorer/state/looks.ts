import type { RunSource } from '../source/run-source.js';

/** Which parts of the page some runs need. */
export interface Looks {
  /** The heads view: one of them has many pairs of heads. */
  readonly heads: boolean;
  /** Panels over training: one of them has steps, or may have some yet. */
  readonly training: boolean;
  /**
   * What belongs to runs of the experiment: its story, their opened steps, the lab. On a page of models alone these would
   * be empty.
   */
  readonly runs: boolean;
}

/** Pairs of heads from which on a model is looked at by its heads first. */
const manyPairs = 8;

/** What is shown of some runs. One of which nothing has arrived yet is taken for what it will be: a run has a config. */
export function looksOf(shown: readonly RunSource[]): Looks {
  return {
    heads: shown.some(isForHeads),
    training: !shown.every(isSingle) || shown.length === 0,
    runs: shown.some(isOfExperiment) || shown.length === 0,
  };
}

/** Whether it is a run of the experiment: it has its config, or the test errors of one that came without. */
export function isOfExperiment({ setting, config, curves }: RunSource): boolean {
  return config !== undefined || curves.value.find({ setting, measure: 'err_ood' }) !== undefined;
}

/** The run whose heads are looked at: the one in focus where it has many pairs, else the first that has. */
export function headsSource(
  shown: readonly RunSource[],
  focused: RunSource | undefined,
): RunSource | undefined {
  return focused !== undefined && isForHeads(focused) ? focused : (shown.find(isForHeads) ?? focused);
}

function isForHeads(source: RunSource): boolean {
  const model = source.heads.value;
  if (isSingle(source) || (model?.pairCount ?? 0) > manyPairs) return true;
  // A series whose heads are known before their pairs are measured.
  return model?.pairCount === 0 && model.layers * model.heads > 4 && !isOfExperiment(source);
}

/** Whether it is one model, not one over training. */
function isSingle({ heads, steps, config }: RunSource): boolean {
  const model = heads.value;
  return model === undefined ? config === undefined && steps.value.length === 0 : model.steps.length === 0;
}
