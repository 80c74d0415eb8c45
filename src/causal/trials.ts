import { randomHeads, randomReplacements } from '../interventions/controls.js';
import type { HeadCircuit } from '../interventions/exchange-heads.js';
import type { KeepOrDrop } from '../interventions/subspace.js';
import type { HeadGrid, HeadIndex } from '../model/heads.js';
import type { Edit, SubspaceChoice } from './edit.js';
import { type Trial, trialOf } from './trial.js';

/** How controls are drawn. */
export interface ControlDraws {
  /** 0 for none. */
  readonly draws: number;
  readonly seed: number;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

/** Heads removed together, and as many random heads of the same layers. */
export function removalTrials(
  grid: HeadGrid,
  heads: readonly HeadIndex[],
  { draws, seed }: ControlDraws,
): Trial[] {
  const about: Edit = { kind: 'remove', heads };
  const controls = upTo(draws).flatMap((draw): Trial[] => {
    const others = randomHeads(grid, heads, seed, draw);
    if (others.length < heads.length) return [];
    return [{ edit: { kind: 'remove', heads: others }, control: { kind: 'random_heads', draw }, about }];
  });
  return [trialOf(about), ...controls];
}

/** Every head of the model removed on its own. */
export function singleRemovals({ layers, heads }: HeadGrid): Trial[] {
  return upTo(layers * heads).map((head) => trialOf({ kind: 'remove', heads: [head] }));
}

/** A projection at several ranks. */
export interface ProjectionSweep {
  readonly component: 'keys' | 'outputs';
  readonly heads: readonly HeadIndex[];
  readonly subspace: SubspaceChoice;
  readonly ranks: readonly number[];
  readonly whats: readonly KeepOrDrop[];
}

/** A projection at every rank, and on random subspaces of the same ranks. */
export function projectionTrials(sweep: ProjectionSweep, { draws, seed }: ControlDraws): Trial[] {
  const { component, heads, subspace, ranks, whats } = sweep;
  return whats.flatMap((what) =>
    ranks.flatMap((rank) => {
      const about = { kind: 'project', component, heads, subspace, rank, what } as const;
      const controls = upTo(draws).map((draw): Trial => {
        const edit: Edit = { ...about, subspace: { kind: 'random', seed, draw } };
        return { edit, control: { kind: 'random_subspace', draw }, about };
      });
      return [trialOf(about), ...controls];
    }),
  );
}

/** Heads' circuits permuted among themselves, and replaced by those of random heads. */
export function exchangeTrials(
  grid: HeadGrid,
  edit: Edit & { readonly kind: 'exchange' },
  { draws, seed }: ControlDraws,
): Trial[] {
  const targets = edit.replacements.map(({ target }) => target);
  const controls = upTo(draws).flatMap((draw): Trial[] => {
    const replacements = randomReplacements(grid, targets, seed, draw);
    if (replacements.length === 0) return [];
    const random: Edit = { kind: 'exchange', circuit: edit.circuit, replacements };
    return [{ edit: random, control: { kind: 'random_exchange', draw }, about: edit }];
  });
  return [trialOf(edit), ...controls];
}

/** Each trial once. */
export function distinctTrials(trials: readonly Trial[]): Trial[] {
  return [...new Map(trials.map((trial) => [JSON.stringify(trial), trial])).values()];
}

/** The circuits by the names that the command line takes. */
export const headCircuits = ['QK', 'OV'] as const satisfies readonly HeadCircuit[];
