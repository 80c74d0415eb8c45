import { computed, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { darkFigureRules } from '../../src/figure/dark-inks.js';
import { figuresOfRuns, type SweepFigure } from '../../src/figure/sweep-figures.js';
import { runOf } from '../../src/stats/run-data.js';
import type { StudiedRun } from '../../src/stats/study.js';
import { transitionOf } from '../../src/stats/transition.js';
import { Scroller } from '../parts/Scroller.js';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';

/**
 * What several runs say together: the phase picture, the threshold, who leads, and match against error. With one run, or
 * runs that have nothing in common, there is no such section.
 */
export function OverRuns({ sources, view }: { sources: ReadonlySignal<readonly RunSource[]>; view: View }) {
  const figures = useMemo(
    () =>
      computed(() =>
        figuresOfRuns(shownSources(sources.value, view).flatMap((source) => studied(source, view))),
      ),
    [sources, view],
  );
  if (figures.value.length === 0) return null;
  return (
    <Section
      id="over-runs"
      title="All runs together"
      lead="One run is an anecdote. These figures put the shown runs side by side: which of them generalise, and whether the layers begin to match before or after they do."
    >
      <style>{darkFigureRules('[data-theme="dark"] .over-runs svg')}</style>
      <div class="over-runs">
        {figures.value.map((figure) => (
          <OverRunsFigure key={figure.name} figure={figure} />
        ))}
      </div>
    </Section>
  );
}

/** The transition of a run that has a config, at the rank and relative position that the reader looks at. */
function studied({ setting, config, curves }: RunSource, view: View): StudiedRun[] {
  if (config === undefined) return [];
  const own = curves.value.all.filter(({ key }) => key.setting === setting);
  const selection = { rank: view.rank.value, method: view.match.value, relPos: view.relPos.value };
  const data = runOf(setting, config, own, selection);
  return [{ data, transition: transitionOf(data) }];
}

/** Names from files stand in the SVG as text, so it can be put into the page as it is. */
function OverRunsFigure({ figure: { svg, caption, title } }: { figure: SweepFigure }) {
  return (
    <figure>
      <Scroller class="slide" name={title}>
        <div dangerouslySetInnerHTML={{ __html: svg }} />
      </Scroller>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
