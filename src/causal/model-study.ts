import { cycleOf } from '../interventions/controls.js';
import type { Architecture } from '../model/architecture.js';
import type { HeadIndex } from '../model/heads.js';
import type { SubspaceChoice } from './edit.js';
import { sweepRanks } from './run-study.js';
import { type Trial, trialOf } from './trial.js';
import {
  type ControlDraws,
  distinctTrials,
  exchangeTrials,
  headCircuits,
  projectionTrials,
  removalTrials,
  singleRemovals,
} from './trials.js';
import type { ClaimedHeads } from './verdicts.js';

/** How many heads count as a model's induction heads, and as its previous-token heads: a tenth of all, from 1 to 10. */
export function usualHeadCount({ layers, heads }: Architecture): number {
  return Math.max(1, Math.min(10, Math.round((layers * heads) / 10)));
}

/**
 * Relative position at which the bridge of induction heads is found: a token that follows the same token in a segment of L is
 * L - 1 tokens back. 0 without rotary positions, where W_QK(t) does not depend on t.
 */
export function inductionRelPos({ positions }: Architecture, segment: number): number {
  return positions.kind === 'rotary' ? 1 - segment : 0;
}

/** A model as its study needs it. */
export interface StudiedTransformer {
  readonly architecture: Architecture;
  /** Induction heads, previous-token heads, and the rank that counts as small. */
  readonly claimed: ClaimedHeads;
  /** Where induction heads look. */
  readonly relPos: number;
}

/**
 * What a model is asked: nothing, every head removed, and what the claims speak of; in a sweep, projections at up to sixteen
 * ranks too.
 */
export function modelStudy(model: StudiedTransformer, sweep: boolean, controls: ControlDraws): Trial[] {
  const { width } = model.architecture;
  const { rank } = model.claimed;
  const ranks = sweep ? [...new Set([...sweepRanks(width), rank])].sort((a, b) => a - b) : [rank];
  return distinctTrials([
    trialOf({ kind: 'none' }),
    ...singleRemovals(model.architecture),
    ...claimedTrials(model, ranks, controls),
  ]);
}

/** The edits that the claims on models speak of. */
export function modelClaimTrials(model: StudiedTransformer, controls: ControlDraws): Trial[] {
  return distinctTrials([trialOf({ kind: 'none' }), ...claimedTrials(model, [model.claimed.rank], controls)]);
}

function claimedTrials(
  { architecture, claimed: { readers, writers }, relPos }: StudiedTransformer,
  ranks: readonly number[],
  controls: ControlDraws,
): Trial[] {
  const whats = ['keep', 'drop'] as const;
  const subspace: SubspaceChoice = { kind: 'bridge', heads: readers, relPos };
  const project = (component: 'keys' | 'outputs', heads: readonly HeadIndex[]) =>
    projectionTrials({ component, heads, subspace, ranks, whats }, controls);
  const replacements = cycleOf(readers);
  const exchanges =
    readers.length < 2
      ? []
      : headCircuits.flatMap((circuit) =>
          exchangeTrials(architecture, { kind: 'exchange', circuit, replacements }, controls),
        );
  return [
    ...removalTrials(architecture, readers, controls),
    ...removalTrials(architecture, writers, controls),
    ...project('keys', readers),
    ...project('outputs', writers),
    ...exchanges,
  ];
}
