import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Deferred } from './parts/Deferred.js';
import { KeyHelp } from './parts/KeyHelp.js';
import { ServerGone } from './parts/ServerGone.js';
import { TopBar } from './parts/TopBar.js';
import { listenToPrint } from './print/listen-to-print.js';
import type { RunSource } from './source/run-source.js';
import type { Server } from './source/server-source.js';
import { listenToKeys } from './state/keys.js';
import { looksOf } from './state/looks.js';
import {
  checkpointSteps,
  decideStep,
  isLoading,
  nearestStep,
  selectedStep,
  shownSources,
} from './state/selection.js';
import type { View } from './state/view.js';
import { Timeline } from './timeline/Timeline.js';
import { Tour } from './tour/Tour.js';

/** What every section gets: the runs, which may come and grow, and what the reader looks at. */
export interface SectionProps {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
}

/** The page from top to bottom. */
export function App({ sources, view, server }: SectionProps & { readonly server: Server | undefined }) {
  const { help, tour, selected, mayOpen, looks } = useMemo(
    () => ({
      looks: computed(() => looksOf(shownSources(sources.value, view))),
      help: signal(false),
      tour: signal<number | null>(null),
      selected: computed(() => selectedStep(sources.value, view)),
      // The page is short until its charts are there: what lies below them would be loaded before them.
      mayOpen: computed(() => !isLoading(sources.value)),
    }),
    [sources, view],
  );
  const onSelect = (step: number) => {
    view.step.value = nearestStep(checkpointSteps(shownSources(sources.peek(), view)), step);
  };
  const onTour = () => {
    tour.value = 0;
  };
  useEffect(() => effect(() => decideStep(sources.value, view)), [sources, view]);
  // A report has its sheet with it.
  useEffect(
    () => (__REPORT__ ? undefined : listenToPrint(() => shownSources(sources.peek(), view))),
    [sources, view],
  );
  useEffect(() => listenToKeys({ sources, view, selected, help, tour }), [sources, view]);
  return (
    <>
      <TopBar sources={sources} view={view} looks={looks} help={help} tour={tour} />
      {server === undefined ? null : <ServerGone server={server} />}
      <main class="page">
        {looks.value.heads ? (
          <Deferred
            id="heads"
            load={async () => (await import('./heads/HeadsSection.js')).HeadsSection}
            props={{ sources, view, selected }}
            height="900px"
          />
        ) : null}
        {looks.value.training ? (
          <Timeline sources={sources} view={view} selected={selected} onSelect={onSelect} onTour={onTour} />
        ) : null}
        {looks.value.training && looks.value.runs ? (
          <Deferred
            id="step"
            load={async () => (await import('./step/StepSection.js')).StepSection}
            props={{ sources, view }}
            height="900px"
            mayLoad={mayOpen.value}
          />
        ) : null}
        {sources.value.length < 2 || !looks.value.runs ? null : (
          <Deferred
            load={async () => (await import('./over-runs/OverRuns.js')).OverRuns}
            props={{ sources, view }}
            height="900px"
            mayLoad={mayOpen.value}
          />
        )}
        {__REPORT__ || !looks.value.runs ? null : (
          <Deferred
            id="lab"
            load={async () => (await import('./lab/LabSection.js')).LabSection}
            props={{}}
            height="700px"
            mayLoad={mayOpen.value}
          />
        )}
        <Deferred
          id="provenance"
          load={async () => (await import('./provenance/ProvenanceSection.js')).ProvenanceSection}
          props={{ sources, view }}
          height="400px"
          mayLoad={mayOpen.value}
        />
      </main>
      <Tour at={tour} sources={sources} view={view} />
      <KeyHelp open={help} />
    </>
  );
}
