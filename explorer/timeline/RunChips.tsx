import type { ReadonlySignal } from '@preact/signals';
import type { RunSource } from '../source/run-source.js';
import { shownSources, showRuns, toggleRun } from '../state/selection.js';
import type { View } from '../state/view.js';
import { describeProgress } from './RunName.js';
import { groupedBy, groupsOf, type RunGroups } from './run-groups.js';
import { colourOf } from './run-style.js';

/** Every run as a switch in its colour. */
export function RunChips({ sources, view }: { sources: ReadonlySignal<readonly RunSource[]>; view: View }) {
  const all = sources.value;
  const shown = new Set(shownSources(all, view).map(({ setting }) => setting));
  const grouped = groupsOf(all);
  if (grouped !== undefined) return <GroupChips {...{ all, view, shown, grouped }} />;
  return (
    <fieldset class="chips" aria-label="runs">
      {all.map(({ setting, progress }) => {
        const status = describeProgress(progress.value);
        return (
          <button
            type="button"
            class="chip"
            key={setting}
            aria-pressed={shown.has(setting)}
            disabled={all.length < 2}
            title={status === '' ? setting : `${setting}: ${status}`}
            onClick={() => toggleRun(all, view, setting)}
          >
            <span class="swatch" style={{ '--run': `var(--${colourOf(all, setting)})` }} />
            <span class="chip-name">{setting}</span>
            {progress.value.phase === 'done' ? null : (
              <span class={`run-status ${progress.value.phase}`}>
                <span class="live" />
                <span class="visually-hidden">{status}</span>
              </span>
            )}
          </button>
        );
      })}
    </fieldset>
  );
}

/** Every group of many runs as a switch, in its colour. */
function GroupChips(props: {
  readonly all: readonly RunSource[];
  readonly view: View;
  readonly shown: ReadonlySet<string>;
  readonly grouped: RunGroups;
}) {
  const { all, view, shown, grouped } = props;
  return (
    <fieldset class="chips" aria-label="runs">
      <span class="quiet">{all.length} runs by</span>
      {grouped.options.length < 2 ? (
        <span>{grouped.option ?? 'name'}</span>
      ) : (
        <select
          aria-label="runs by"
          value={grouped.option}
          onChange={({ currentTarget }) => {
            groupedBy.value = currentTarget.value;
          }}
        >
          {grouped.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )}
      {grouped.groups.map(({ label, colour, sources }) => {
        const isOn = sources.some(({ setting }) => shown.has(setting));
        const running = sources.filter(({ progress }) => progress.value.phase !== 'done').length;
        const name = `${grouped.option ?? 'run'} ${label}`;
        return (
          <button
            type="button"
            class="chip"
            key={label}
            aria-pressed={isOn}
            aria-label={`${name}, ${sources.length === 1 ? '1 run' : `${sources.length} runs`}`}
            title={`${name}: ${sources.map(({ setting }) => setting).join(', ')}`}
            onClick={() => showRuns(all, view, sources, !isOn)}
          >
            <span class="swatch" style={{ '--run': `var(--${colour})` }} />
            <span class="chip-name">{label}</span>
            {running === 0 ? null : (
              <span class="run-status training">
                <span class="live" />
                <span class="visually-hidden">{running} not done</span>
              </span>
            )}
          </button>
        );
      })}
    </fieldset>
  );
}
