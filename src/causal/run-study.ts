import type { HeadGrid, HeadPair } from '../model/heads.js';
import type { TrialsAtStep } from './run-trials.js';
import { type Trial, trialOf } from './trial.js';
import {
  type ControlDraws,
  distinctTrials,
  projectionTrials,
  removalTrials,
  singleRemovals,
} from './trials.js';

/** A run as its study needs it. */
export interface StudiedModel {
  readonly grid: HeadGrid;
  /** d. */
  readonly width: number;
  /** The writer and the reader whose circuit is studied; undefined in a model of one layer. */
  readonly pair: HeadPair | undefined;
}

/** Which dimensions are few: the 10 of 64 that the paper looks at, in proportion to the width. */
export function usualRank(width: number): number {
  return Math.max(1, Math.round((10 * width) / 64));
}

/** Sixteen ranks from 0 to d, closer together where they are small; fewer in a narrow model. */
export function sweepRanks(width: number): number[] {
  const ranks = Array.from({ length: 16 }, (_, at) => Math.round(width * (at / 15) ** 1.5));
  return [...new Set(ranks)];
}

/**
 * Both sides of the bridge at some ranks, each kept and dropped: the reader's keys on what the writer writes, the writer's
 * outputs on what the reader's keys look for.
 */
export function bridgeTrials(
  { writer, reader }: HeadPair,
  ranks: readonly number[],
  controls: ControlDraws,
): Trial[] {
  const whats = ['keep', 'drop'] as const;
  const written = { kind: 'written', heads: [writer] } as const;
  const read = { kind: 'bridge', heads: [reader], relPos: 0 } as const;
  return [
    ...projectionTrials({ component: 'keys', heads: [reader], subspace: written, ranks, whats }, controls),
    ...projectionTrials({ component: 'outputs', heads: [writer], subspace: read, ranks, whats }, controls),
  ];
}

/**
 * What a run is asked at every step: nothing, every head removed, both sides of the bridge at one rank; and at the last step
 * a sweep over ranks.
 */
export function runStudy(
  { grid, width, pair }: StudiedModel,
  steps: readonly number[],
  controls: ControlDraws,
): TrialsAtStep[] {
  const rank = usualRank(width);
  return steps.map((step, at) => {
    const trials = [trialOf({ kind: 'none' }), ...singleRemovals(grid)];
    if (pair === undefined) return { step, trials };
    // With one head a layer there are no others to compare with.
    if (grid.heads > 1) trials.push(...removalTrials(grid, [pair.reader], controls));
    const isLast = at === steps.length - 1;
    const ranks = isLast ? [...new Set([...sweepRanks(width), rank])].sort((a, b) => a - b) : [rank];
    trials.push(...bridgeTrials(pair, ranks, controls));
    return { step, trials: distinctTrials(trials) };
  });
}

/** The edits that the claims on runs speak of. */
export function claimTrials({ grid, width, pair }: StudiedModel, controls: ControlDraws): Trial[] {
  const none = trialOf({ kind: 'none' });
  if (pair === undefined) return [none];
  const removed = removalTrials(grid, [pair.reader], controls);
  return [none, ...removed, ...bridgeTrials(pair, [usualRank(width)], controls)];
}

/** Layer 0 of every step under the rest of every other. @param embedding whether the embedding comes with layer 0 */
export function transplantMap(steps: readonly number[], embedding: boolean): TrialsAtStep[] {
  return steps.map((step) => ({
    step,
    trials: steps.map((donor) =>
      trialOf({ kind: 'transplant', part: { kind: 'layer', layer: 0, embedding }, step: donor }),
    ),
  }));
}

/** Up to `most` steps spread evenly, the first and the last among them. */
export function spreadSteps(steps: readonly number[], most: number): number[] {
  if (steps.length <= most) return [...steps];
  return Array.from({ length: most }, (_, at) => steps[Math.round((at * (steps.length - 1)) / (most - 1))]!);
}
