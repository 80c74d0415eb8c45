import { signal } from '@preact/signals';
import { inertOptions } from '../../src/run/config.js';
import { formatStep } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';

/** So many runs have hues that the eye tells apart; more are grouped by what makes them differ. */
export const mostHues = 8;

/** Levels of the sequential colours `scale-0` … `scale-16`. */
const lastLevel = 16;

/** Runs that are the same but for their seeds, or whatever else is not what they are grouped by. */
export interface RunGroup {
  /** The value that they share, such as `128` or `∞`. */
  readonly label: string;
  /** A colour token. */
  readonly colour: string;
  readonly sources: readonly RunSource[];
}

/** Many runs in order of an option of theirs. */
export interface RunGroups {
  /** The option, such as `pool_size`; undefined where the runs differ in nothing known, and each is its own group. */
  readonly option: string | undefined;
  /** Every option that they could be grouped by. */
  readonly options: readonly string[];
  readonly groups: readonly RunGroup[];
}

/** The option that the reader groups runs by; empty for the one with most values. */
export const groupedBy = signal('');

/** Replicates differ in these, and nobody asks what a seed does. */
const notGrouped = new Set<string>(['seed', ...inertOptions]);

const known = new WeakMap<readonly RunSource[], { by: string; groups: RunGroups | undefined }>();

/** Groups runs that are too many for a hue each, by the value of one option; undefined for few runs. */
export function groupsOf(sources: readonly RunSource[]): RunGroups | undefined {
  const by = groupedBy.value;
  const kept = known.get(sources);
  if (kept?.by === by) return kept.groups;
  const groups = sources.length > mostHues ? group(sources, by) : undefined;
  known.set(sources, { by, groups });
  return groups;
}

/** The groups of the runs that are shown, with the colours that they have among all. */
export function shownGroups(
  all: readonly RunSource[],
  shown: readonly RunSource[],
): readonly RunGroup[] | undefined {
  const groups = groupsOf(all)?.groups;
  if (groups === undefined) return undefined;
  const isShown = new Set(shown);
  return groups.flatMap((own) => {
    const kept = own.sources.filter((source) => isShown.has(source));
    return kept.length === 0 ? [] : [{ ...own, sources: kept }];
  });
}

function group(sources: readonly RunSource[], by: string): RunGroups {
  const options = differingOptions(sources);
  const option = options.includes(by) ? by : options[0];
  const sharedBy = ({ config, setting }: RunSource): unknown =>
    option === undefined ? setting : config?.[option as keyof typeof config];
  const byValue = new Map<string, { value: unknown; sources: RunSource[] }>();
  for (const source of sources) {
    const value = sharedBy(source);
    const key = JSON.stringify(value) ?? 'undefined';
    const own = byValue.get(key) ?? { value, sources: [] };
    own.sources.push(source);
    byValue.set(key, own);
  }
  const ordered = [...byValue.values()].sort((a, b) => compare(a.value, b.value));
  return {
    option,
    options,
    groups: ordered.map(({ value, sources: own }, at) => ({
      label: labelOf(option, value),
      colour: `scale-${Math.round((lastLevel * at) / Math.max(1, ordered.length - 1))}`,
      sources: own,
    })),
  };
}

/** Options in which runs differ, those with most values first. */
function differingOptions(sources: readonly RunSource[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const { config } of sources) {
    for (const [name, value] of Object.entries(config ?? {})) {
      if (notGrouped.has(name)) continue;
      const seen = values.get(name) ?? new Set();
      seen.add(JSON.stringify(value));
      values.set(name, seen);
    }
  }
  return [...values]
    .filter(([, seen]) => seen.size > 1)
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([name]) => name);
}

/** Numbers by size; null, which is an infinite pool or no limit, behind them; then text. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const rank = (value: unknown) =>
    typeof value === 'number' ? 0 : value === null ? 1 : value === undefined ? 3 : 2;
  return rank(a) - rank(b) || (String(a) < String(b) ? -1 : 1);
}

function labelOf(option: string | undefined, value: unknown): string {
  if (value === null) return option === 'pool_size' ? '∞' : 'none';
  if (value === undefined) return 'no config';
  return typeof value === 'number' && Number.isInteger(value) ? formatStep(value) : String(value);
}

/** A median of runs over steps: at each step that at least half of them have a value at. */
export function medianLine(
  lines: readonly { readonly steps: ArrayLike<number>; readonly values: ArrayLike<number> }[],
): { steps: number[]; values: number[] } {
  const byStep = new Map<number, number[]>();
  for (const { steps, values } of lines) {
    for (let at = 0; at < steps.length; at++) {
      const value = values[at]!;
      if (Number.isNaN(value)) continue;
      const own = byStep.get(steps[at]!);
      if (own === undefined) byStep.set(steps[at]!, [value]);
      else own.push(value);
    }
  }
  const steps = [...byStep].filter(([, own]) => 2 * own.length >= lines.length);
  steps.sort(([a], [b]) => a - b);
  return { steps: steps.map(([step]) => step), values: steps.map(([, own]) => median(own)) };
}

/** The median; of two in the middle, their mean. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
