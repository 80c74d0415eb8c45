import type { RunConfig } from '../run/config.js';
import type { Table } from '../series/table.js';
import { type RunData, type RunSelection, runsOf } from './run-data.js';
import { type RunTransition, transitionOf } from './transition.js';

/** A run and what the statistics say of it. */
export interface StudiedRun {
  readonly data: RunData;
  readonly transition: RunTransition;
}

/** Runs that differ in pool size and seed alone. */
export interface Family {
  /** What sets it apart from the other families, such as `num_layers 1`; empty where there is only one. */
  readonly name: string;
  readonly runs: readonly StudiedRun[];
}

/** Options in which the runs of one family may differ: what is varied, and what only says how often to look. */
const freeOptions: ReadonlySet<string> = new Set([
  'pool_size',
  'seed',
  'sample_size_test',
  'n_save',
  'up_to_first_save',
]);

/** Splits a table into runs and finds the transition of each. @param configs by setting */
export function studyRuns(
  table: Table,
  configs: ReadonlyMap<string, RunConfig>,
  selection?: RunSelection,
  evaluated?: ReadonlySet<string>,
): StudiedRun[] {
  return runsOf(table, configs, selection, evaluated).map((data) => ({
    data,
    transition: transitionOf(data),
  }));
}

/**
 * Groups runs by everything but their pool size and seed: the largest family first, in each the smallest pool first. The
 * order of the runs does not matter.
 */
export function familiesOf(runs: readonly StudiedRun[]): Family[] {
  const groups = new Map<string, StudiedRun[]>();
  for (const run of runs) {
    const name = JSON.stringify(fixedOptions(run.data.config));
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [run]);
    else group.push(run);
  }
  const families = [...groups.values()]
    .map((group) => group.sort(byPoolAndSeed))
    .sort((a, b) => b.length - a.length || byPoolAndSeed(a[0]!, b[0]!));
  const options = families.map(([run]) => new Map(fixedOptions(run!.data.config)));
  const differing = [...(options[0]?.keys() ?? [])].filter(
    (option) => new Set(options.map((values) => values.get(option))).size > 1,
  );
  return families.map((group, at) => ({
    name: differing.map((option) => `${option} ${options[at]!.get(option)}`).join(', '),
    runs: group,
  }));
}

function byPoolAndSeed({ data: a }: StudiedRun, { data: b }: StudiedRun): number {
  const size = ({ config }: RunData) => config.pool_size ?? Number.MAX_VALUE;
  const names = a.setting < b.setting ? -1 : 1;
  return size(a) - size(b) || a.config.seed - b.config.seed || names;
}

function fixedOptions(config: RunConfig): [string, unknown][] {
  return Object.entries(config).filter(([option]) => !freeOptions.has(option));
}
