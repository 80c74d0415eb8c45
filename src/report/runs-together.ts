import type { RunConfig } from '../run/config.js';
import type { Curves } from '../series/curves.js';
import { type RunSelection, runOf } from '../stats/run-data.js';
import { familiesOf, type StudiedRun } from '../stats/study.js';
import { transitionOf } from '../stats/transition.js';

/** What figures over runs need to know of one. */
export interface KnownRun {
  readonly name: string;
  readonly config: RunConfig | undefined;
  readonly curves: Curves;
  readonly progress: { readonly lastStep: number; readonly endStep: number | undefined };
  /** The rank, match and relative position that it is looked at. */
  readonly selection: RunSelection;
}

/** The runs that figures over runs can use, and the others. */
export interface RunsTogether {
  readonly studied: readonly StudiedRun[];
  /** How many are left out, and why; empty where none is. */
  readonly leftOut: string;
}

/**
 * Finds the transitions of runs, for figures over them. Runs without a config cannot be placed; those that have not come to
 * their end have no error at it.
 */
export function runsTogether(runs: readonly KnownRun[]): RunsTogether {
  const placed = runs.filter(({ config }) => config !== undefined);
  const ended = placed.filter(({ progress }) => progress.lastStep >= (progress.endStep ?? 0));
  const studied = ended.map(({ name, config, curves, selection }): StudiedRun => {
    const own = curves.all.filter(({ key }) => key.setting === name);
    const data = runOf(name, config!, own, selection);
    return { data, transition: transitionOf(data) };
  });
  const alone = familiesOf(studied).filter((family) => family.runs.length === 1).length;
  const reasons = [
    [runs.length - placed.length, 'without a config'],
    [placed.length - ended.length, 'not trained to the end yet'],
    [alone, 'that differ from all others in more than pool size and seed'],
  ] as const;
  const leftOutReasons = reasons.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  const leftOut =
    leftOutReasons.length === 0 ? '' : `Of ${runs.length} runs, left out: ${leftOutReasons.join(', ')}.`;
  return { studied, leftOut };
}
