import type { ReadonlySignal } from '@preact/signals';
import { Deferred } from './parts/Deferred.js';
import type { RunSource } from './source/run-source.js';
import type { View } from './state/view.js';

/** What every section gets: the runs, which may come and grow, and what the reader looks at. */
export interface SectionProps {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
}

/** The page from top to bottom. */
export function App({ sources, view }: SectionProps) {
  return (
    <main class="page">
      <h1>bridgescope</h1>
      <p>{sources.value.map(({ setting }) => setting).join(', ')}</p>
      <Deferred
        load={async () => (await import('./step/StepSection.js')).StepSection}
        props={{ sources, view }}
        height="900px"
      />
      {__REPORT__ ? null : (
        <Deferred
          load={async () => (await import('./lab/LabSection.js')).LabSection}
          props={{}}
          height="700px"
        />
      )}
    </main>
  );
}
