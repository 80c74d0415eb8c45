import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { type PanelId, panelWords } from '../../src/figure/panel-words.js';
import { panelIds } from '../../src/figure/panels.js';
import type { RunSource } from '../source/run-source.js';
import { isOfExperiment } from '../state/looks.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { ExtraPanel } from './ExtraPanel.js';
import { offersOf } from './offers.js';
import { Panel } from './Panel.js';
import { panelData } from './panel-data.js';
import { panelTexts } from './panel-text.js';
import type { PanelsProps } from './panels-props.js';
import { RunName } from './RunName.js';
import { groupsOf, shownGroups } from './run-groups.js';

/** The five panels and one of the reader's choice: all runs in each, or a row of them for each run. */
export function Panels(props: PanelsProps) {
  const { sources, view } = props;
  const shown = shownSources(sources.value, view);
  // Models have no test errors.
  const ids = shown.some(isOfExperiment) ? panelIds : panelIds.filter((id) => id !== 'errors');
  if (view.layout.value === 'beside' && shown.length > 1) {
    const groups = shownGroups(sources.value, shown);
    const option = groupsOf(sources.value)?.option ?? 'run';
    const rows: readonly Row[] =
      groups?.map(({ label, sources: own }) => ({ name: `${option} ${label}`, sources: own })) ??
      shown.map((source) => ({ name: source.setting, sources: [source] }));
    return (
      <>
        {rows.map((row) => (
          <section class="run-row" key={row.name} aria-label={row.name}>
            {groups === undefined ? (
              <RunName source={row.sources[0]!} sources={sources.value} />
            ) : (
              <h3 class="run-name">
                {row.name} <span class="run-status">{row.sources.length} runs</span>
              </h3>
            )}
            <div class="panels compact">
              {ids.map((id) => (
                <MeasurePanel key={id} id={id} only={row} {...props} />
              ))}
            </div>
          </section>
        ))}
      </>
    );
  }
  return (
    <div class="panels">
      {ids.map((id) => (
        <MeasurePanel key={id} id={id} {...props} />
      ))}
      <ExtraPanel {...props} />
    </div>
  );
}

/** A run, or a group of runs, with panels of its own. */
interface Row {
  readonly name: string;
  readonly sources: readonly RunSource[];
}

function MeasurePanel({
  id,
  only,
  sources,
  view,
  selected,
  onSelect,
}: PanelsProps & { id: PanelId; only?: Row }) {
  const data = useMemo(
    () =>
      computed(() => {
        const all = sources.value;
        const shown = shownSources(all, view);
        if (only === undefined) return panelData(id, all, shown, view);
        // In rows of their own, runs share the axis of values.
        const own = panelData(id, all, only.sources, view);
        return { ...own, range: own.range ?? rangeOf(panelData(id, all, shown, view).lines) };
      }),
    [id, only?.name, sources, view],
  );
  const offers = useMemo(
    () => computed(() => offersOf(id, only?.sources ?? shownSources(sources.value, view), view)),
    [id, only?.name, sources, view],
  );
  const { title, name, short } = panelWords[id];
  const { sentence, equation } = panelTexts[id];
  const words =
    only === undefined
      ? {
          title: title(data.value.pair),
          line: (
            <>
              <strong>{name}</strong>: {short}
            </>
          ),
          definition: (
            <>
              <p>{sentence}</p>
              {equation}
            </>
          ),
        }
      : { title: name };
  const spoken = only === undefined ? name : `${name} of ${only.name}`;
  return (
    <Panel
      id={id}
      {...words}
      choice={choiceText(id, view)}
      spoken={spoken}
      data={data}
      offers={offers}
      view={view}
      selected={selected}
      onSelect={onSelect}
    />
  );
}

/** The choices that a panel depends on, as its file names them. */
function choiceText(id: PanelId, view: View): string {
  if (id === 'errors') return '';
  const isMatch = id === 'qk_ov_match' || id === 'wte_ov_match';
  return [
    ...(isMatch ? [`rank ${view.rank.value}`, view.match.value] : []),
    ...(id === 'wte_ov_match' ? [] : [`t = ${view.relPos.value}`]),
    ...(view.pair.value === null ? [] : [`heads ${view.pair.value}`]),
  ].join(', ');
}

function rangeOf(lines: readonly { readonly values: ArrayLike<number> }[]): [number, number] | undefined {
  const values = lines.flatMap((line) => Array.from(line.values).filter(Number.isFinite));
  if (values.length === 0) return undefined;
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [values[0]!, values[0]!],
  );
}
