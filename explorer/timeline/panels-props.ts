import type { ReadonlySignal } from '@preact/signals';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';

/** What the panels show, and where a step is chosen on them. */
export interface PanelsProps {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
  readonly onSelect: (step: number) => void;
}
