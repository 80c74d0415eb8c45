import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';

/** A choice at which a measure was measured, for a reader who chose one at which it was not. */
export interface Offer {
  readonly label: string;
  take(): void;
}

/** So many are offered: those nearest to what was chosen. */
const most = 4;

/**
 * What to offer where a measure has nothing to show at the chosen rank or relative position: those that it has. None where
 * it was not measured at all.
 */
export function offersOf(measure: string, shown: readonly RunSource[], view: View): readonly Offer[] {
  const keys = shown.flatMap(({ curves }) =>
    curves.value.all.flatMap(({ key }) => (key.measure === measure ? [key] : [])),
  );
  for (const [name, label, chosen] of [
    ['rel_pos', 't =', view.relPos],
    ['rank', 'rank', view.rank],
  ] as const) {
    const measured = [...new Set(keys.flatMap((key) => (key[name] == null ? [] : [key[name]])))];
    if (measured.length === 0 || measured.includes(chosen.value)) continue;
    return measured
      .sort((a, b) => Math.abs(a - chosen.value) - Math.abs(b - chosen.value))
      .slice(0, most)
      .sort((a, b) => a - b)
      .map((value) => ({
        label: `${label} ${String(value).replace('-', '−')}`,
        take: () => {
          chosen.value = value;
        },
      }));
  }
  return [];
}
