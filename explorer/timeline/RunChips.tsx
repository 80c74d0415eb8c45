import type { ReadonlySignal } from '@preact/signals';
import type { RunSource } from '../source/run-source.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { describeProgress } from './RunName.js';
import { colourOf } from './run-style.js';

/** Every run as a switch in its colour. */
export function RunChips({ sources, view }: { sources: ReadonlySignal<readonly RunSource[]>; view: View }) {
  const all = sources.value;
  const shown = new Set(shownSources(all, view).map(({ setting }) => setting));
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

/** Switches a run on or off; the last one stays on. */
export function toggleRun(all: readonly RunSource[], view: View, setting: string): void {
  const hidden = new Set(view.hidden.value);
  if (!hidden.delete(setting)) hidden.add(setting);
  if (all.some((source) => !hidden.has(source.setting))) view.hidden.value = hidden;
}
