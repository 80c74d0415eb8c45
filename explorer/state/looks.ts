import type { RunSource } from '../source/run-source.js';

/** Which parts of the page some runs need. */
export interface Looks {
  /** The heads view: one of them has many pairs of heads. */
  readonly heads: boolean;
  /** Panels over training: one of them has steps, or may have some yet. */
  readonly training: boolean;
}

/** Pairs of heads from which on a model is looked at by its heads first. */
const manyPairs = 8;

/** What is shown of some runs. One of which nothing has arrived yet is taken for what it will be: a run has a config. */
export function looksOf(shown: readonly RunSource[]): Looks {
  const isSingle = ({ heads, steps, config }: RunSource): boolean => {
    const model = heads.value;
    return model === undefined ? config === undefined && steps.value.length === 0 : model.steps.length === 0;
  };
  return {
    heads: shown.some((source) => (source.heads.value?.pairCount ?? 0) > manyPairs || isSingle(source)),
    training: !shown.every(isSingle) || shown.length === 0,
  };
}
