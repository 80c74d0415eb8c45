import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { shownSources } from '../state/selection.js';
import { offersOf } from './offers.js';
import { Panel } from './Panel.js';
import { extraData, extraMeasures } from './panel-data.js';
import type { PanelsProps } from './panels-props.js';

/** What to show first: errors without the floor that the published ones have. */
const preferred = ['copy_err_ood', 'loss_ood', 'loss_test'];

/** The sixth panel: any other measure of the table. */
export function ExtraPanel({ sources, view, selected, onSelect }: PanelsProps) {
  const choices = useMemo(
    () => computed(() => extraMeasures(shownSources(sources.value, view))),
    [sources, view],
  );
  const chosen = useMemo(
    () =>
      computed(() => {
        const all = choices.value;
        const asked = all.find(({ id }) => id === view.extra.value);
        return asked ?? preferred.map((id) => all.find((choice) => choice.id === id)).find(Boolean) ?? all[0];
      }),
    [choices, view],
  );
  const data = useMemo(
    () => computed(() => extraData(chosen.value, sources.value, shownSources(sources.value, view), view)),
    [chosen, sources, view],
  );
  const offers = useMemo(
    () => computed(() => offersOf(chosen.value?.measure ?? '', shownSources(sources.value, view), view)),
    [chosen, sources, view],
  );
  const line = (
    <label>
      <span class="visually-hidden">measure</span>
      <select
        value={chosen.value?.id ?? ''}
        onChange={(event) => {
          view.extra.value = event.currentTarget.value;
        }}
      >
        {choices.value.map(({ id, measure, of, statistic }) => (
          <option key={id} value={id}>
            {[measure, of, statistic].filter((part) => part !== null).join(' · ')}
          </option>
        ))}
      </select>
    </label>
  );
  const definition = (
    <p>
      Everything in the table can be drawn here; what each measure is stands in <code>docs/measures.md</code>.
    </p>
  );
  return (
    <Panel
      id="extra"
      title="Any other measure"
      line={line}
      definition={definition}
      spoken={chosen.value?.id ?? 'another measure'}
      data={data}
      offers={offers}
      view={view}
      selected={selected}
      onSelect={onSelect}
    />
  );
}
