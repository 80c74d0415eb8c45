import type { ReadonlySignal } from '@preact/signals';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';

/** The selected checkpoint, opened. */
export function StepSection({ view }: { sources: ReadonlySignal<readonly RunSource[]>; view: View }) {
  return (
    <Section id="step" title={`At step ${view.step.value ?? '…'}`}>
      <p class="quiet">Nothing to show yet.</p>
    </Section>
  );
}
