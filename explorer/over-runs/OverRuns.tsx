import { computed, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { darkFigureRules } from '../../src/figure/dark-inks.js';
import { figuresOfRuns, type SweepFigure } from '../../src/figure/sweep-figures.js';
import { type KnownRun, runsTogether } from '../../src/report/runs-together.js';
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
  const { figures, leftOut } = useMemo(() => {
    const together = computed(() =>
      runsTogether(shownSources(sources.value, view).map((source) => known(source, view))),
    );
    return {
      figures: computed(() => figuresOfRuns(together.value.studied)),
      leftOut: computed(() => together.value.leftOut),
    };
  }, [sources, view]);
  if (figures.value.length === 0) return null;
  return (
    <Section
      id="over-runs"
      title="All runs together"
      lead="One run is an anecdote. These figures put the shown runs side by side: which of them generalise, and whether the layers begin to match before or after they do."
    >
      <style>{darkFigureRules('[data-theme="dark"] .over-runs svg')}</style>
      {leftOut.value === '' ? null : <p class="left-out">{leftOut}</p>}
      <div class="over-runs">
        {figures.value.map((figure) => (
          <OverRunsFigure key={figure.name} figure={figure} />
        ))}
      </div>
    </Section>
  );
}

function known({ setting, config, curves, progress }: RunSource, view: View): KnownRun {
  const selection = { rank: view.rank.value, method: view.match.value, relPos: view.relPos.value };
  return { name: setting, config, curves: curves.value, progress: progress.value, selection };
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
