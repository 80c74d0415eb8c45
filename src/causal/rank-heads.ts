import { openModelRunner } from '../behaviour/model-runner.js';
import { usualTokens } from '../behaviour/usual-tokens.js';
import type { HeadIndex } from '../model/heads.js';
import type { ModelStep, OpenedModel } from '../run/open-model.js';
import { composingHeads } from './composing-heads.js';
import type { HeadRanking } from './request.js';

/** All heads that a ranking knows, the best first. */
export type RankedHeads = ReadonlyMap<HeadRanking, readonly HeadIndex[]>;

export interface RankHeadsOptions {
  /** Of the random tokens that attention is looked at on. */
  readonly seed: number;
  readonly jobs: number;
  readonly signal?: AbortSignal;
}

/**
 * Ranks the heads of one checkpoint: as induction and previous-token heads by their attention on a random segment that stands
 * twice (the scores as published), as composing heads by the q-values of their pairs.
 * @throws InputError where the model cannot be run, or has no pairs
 */
export async function rankHeads(
  model: OpenedModel,
  step: ModelStep,
  rankings: ReadonlySet<HeadRanking>,
  { seed, jobs, signal }: RankHeadsOptions,
): Promise<RankedHeads> {
  const ranked = new Map<HeadRanking, readonly HeadIndex[]>();
  if (rankings.has('composing')) ranked.set('composing', await composingHeads(model.open(step)));
  if (!rankings.has('induction') && !rankings.has('previous')) return ranked;
  const runner = openModelRunner(jobs, signal);
  try {
    const { published } = await runner.scores(
      step,
      usualTokens(model.architecture, model.config, 2, { seed }),
      jobs,
    );
    ranked.set('induction', inOrder(published.induction));
    ranked.set('previous', inOrder(published.previousToken));
    return ranked;
  } finally {
    await runner.close();
  }
}

function inOrder(scores: Float64Array): HeadIndex[] {
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
}
