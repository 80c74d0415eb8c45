import { computed, type ReadonlySignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { darkFigureRules } from '../../src/figure/dark-inks.js';
import { figuresOfRuns, type SweepFigure } from '../../src/figure/sweep-figures.js';
import { type KnownRun, runsTogether } from '../../src/report/runs-together.js';
import type { StudiedRun } from '../../src/stats/study.js';
import { Scroller } from '../parts/Scroller.js';
import { Section } from '../parts/Section.js';
import type { Field } from '../save/csv-text.js';
import { elementPicture } from '../save/element-picture.js';
import { SaveMenu } from '../save/SaveMenu.js';
import type { RunSource } from '../source/run-source.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';

/**
 * What several runs say together: the phase picture, the threshold, who leads, and match against error. With one run, or
 * runs that have nothing in common, there is no such section.
 */
export function OverRuns({ sources, view }: { sources: ReadonlySignal<readonly RunSource[]>; view: View }) {
  const { figures, leftOut, studied } = useMemo(() => {
    const together = computed(() =>
      runsTogether(shownSources(sources.value, view).map((source) => known(source, view))),
    );
    return {
      figures: computed(() => figuresOfRuns(together.value.studied)),
      studied: computed(() => together.value.studied),
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
          <OverRunsFigure key={figure.name} figure={figure} studied={studied.value} />
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
function OverRunsFigure(props: { figure: SweepFigure; studied: readonly StudiedRun[] }) {
  const { svg, caption, title } = props.figure;
  const box = useRef<HTMLDivElement>(null);
  const studied = useRef(props.studied);
  studied.current = props.studied;
  const picture = useMemo(
    () =>
      elementPicture(
        title,
        () => box.current!.querySelector('svg')!,
        () => transitionTable(studied.current),
      ),
    [title],
  );
  return (
    <figure>
      <Scroller class="slide" name={title}>
        <div ref={box} dangerouslySetInnerHTML={{ __html: svg }} />
      </Scroller>
      <figcaption>
        {caption} <SaveMenu picture={picture} />
      </figcaption>
    </figure>
  );
}

const tracked = ['z_score', 'qk_ov_match', 'mismatch_ratio'] as const;

/** What the figures are drawn from: a row a run. */
function transitionTable(studied: readonly StudiedRun[]) {
  return {
    header: [
      ...['setting', 'pool_size', 'seed', 'ood_step', 'ood_final', 'id_step', 'id_final'],
      ...tracked.flatMap((name) => [`${name}_step`, `${name}_lag`, `${name}_final`]),
      ...['match_before', 'match_after'],
    ],
    rows: studied.map(({ data, transition }): Field[] => {
      const { ood, id, changes, matchBefore, matchAfter } = transition;
      return [
        ...[data.setting, data.config.pool_size, data.config.seed],
        ...[ood?.step ?? null, ood?.final ?? null, id?.step ?? null, id?.final ?? null],
        ...tracked.flatMap((name) => {
          const change = changes[name];
          return [change?.step ?? null, change?.lag ?? null, change?.final ?? null];
        }),
        ...[matchBefore?.score ?? null, matchAfter?.score ?? null],
      ];
    }),
  };
}
