import type { ReadonlySignal } from '@preact/signals';
import { storyTitle } from '../../src/figure/panel-words.js';
import { Aside, Term } from '../parts/Term.js';
import type { RunSource } from '../source/run-source.js';
import { isOfExperiment } from '../state/looks.js';
import { isLoading, shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { Panels } from './Panels.js';
import { Readout } from './Readout.js';
import { RunStatus } from './RunName.js';
import { Scrubber } from './Scrubber.js';

/** The runs over training: the panels, the slider of steps below them, and the numbers at the selected one. */
export function Timeline(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
  readonly onSelect: (step: number) => void;
  readonly onTour: () => void;
}) {
  const { sources, view, onTour } = props;
  const shown = shownSources(sources.value, view);
  const active = shown.filter(({ progress }) => progress.value.phase !== 'done');
  const ofRuns = shown.length === 0 || shown.some(isOfExperiment);
  return (
    <section class="timeline" id="timeline" aria-labelledby="timeline-title">
      <header class="headline">
        {ofRuns ? (
          <>
            <h1 id="timeline-title">{storyTitle(shown.map(({ config }) => config?.num_layers))}</h1>
            <p class="lead">
              A model that copies patterns learns them by heart, then finds the rule <Aside of="OOD" />: what
              one layer writes <Aside of="OV" /> lands where the next one reads <Aside of="QK" />. Point for
              values, click to open a step.
            </p>
          </>
        ) : (
          <>
            <h2 id="timeline-title">How do the pairs change over training?</h2>
            <p class="lead">
              The chosen pair of heads is drawn strong among the others. Point for values, click to choose the
              step that everything here is of.
            </p>
          </>
        )}
        <div class="begin">
          {ofRuns ? (
            <button type="button" class="strong" onClick={onTour}>
              Take the tour
            </button>
          ) : null}
          <ul class="statuses" aria-live="polite">
            {active.map(({ setting, progress }) => (
              <li key={setting}>
                <strong>{setting}</strong> <RunStatus progress={progress.value} />
              </li>
            ))}
          </ul>
        </div>
      </header>
      {isLoading(shown) ? (
        <div class="panels" aria-busy="true">
          {Array.from({ length: 6 }, (_, at) => (
            <div class="panel skeleton" key={at} />
          ))}
        </div>
      ) : (
        <Panels {...props} />
      )}
      <Scrubber {...props} />
      <Readout {...props} />
      <p class="legend-line">
        <span class="legend-band" aria-hidden="true" /> <Term of="random baseline">random baseline</Term> with
        its 5–95 % band{' '}
        {ofRuns ? (
          <>
            &nbsp;·&nbsp; <span class="legend-half" aria-hidden="true" /> OOD error crosses ½ &nbsp;·&nbsp;{' '}
            <span class="bad" aria-hidden="true">
              ✕
            </span>{' '}
            broken checkpoint &nbsp;·&nbsp; test errors: OOD solid, ID dashed
          </>
        ) : null}
      </p>
    </section>
  );
}
