import type { ReadonlySignal } from '@preact/signals';
import { Stepper } from '../parts/Stepper.js';
import { Switch } from '../parts/Switch.js';
import { Term } from '../parts/Term.js';
import type { RunSource } from '../source/run-source.js';
import { measuredPairs, measuredRanks, measuredRelPos } from '../state/measured.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { PairField } from './PairField.js';

/** Rank, relative position, match method, axis, layout and pair of heads. */
export function Controls({ sources, view }: { sources: ReadonlySignal<readonly RunSource[]>; view: View }) {
  const shown = shownSources(sources.value, view);
  const pairs = measuredPairs(shown);
  return (
    <div class="controls">
      <Stepper
        label={<Term of="rank">rank</Term>}
        name="rank"
        value={view.rank.value}
        choices={measuredRanks(shown)}
        onChange={(rank) => {
          view.rank.value = rank;
        }}
      />
      <Stepper
        label={<Term of="relative position">rel pos</Term>}
        name="relative position"
        value={view.relPos.value}
        choices={measuredRelPos(shown)}
        onChange={(relPos) => {
          view.relPos.value = relPos;
        }}
      />
      <Switch
        name="match"
        value={view.match.value}
        choices={[
          ['mean', 'mean'],
          ['largest', 'largest'],
        ]}
        onChange={(match) => {
          view.match.value = match;
        }}
      />
      <Switch
        name="axis"
        value={view.axis.value}
        choices={[
          ['log', 'log'],
          ['linear', 'linear'],
        ]}
        onChange={(axis) => {
          view.axis.value = axis;
        }}
      />
      {shown.length < 2 ? null : (
        <Switch
          name="runs"
          value={view.layout.value}
          choices={[
            ['overlaid', 'overlaid'],
            ['beside', 'side by side'],
          ]}
          onChange={(layout) => {
            view.layout.value = layout;
          }}
        />
      )}
      {pairs.length < 2 ? null : (
        <PairField
          pairs={pairs}
          value={view.pair.value ?? ''}
          onChange={(pair) => {
            view.pair.value = pair || null;
          }}
        />
      )}
      {view.zoom.value === null ? null : (
        <button
          type="button"
          class="plain"
          onClick={() => {
            view.zoom.value = null;
          }}
        >
          show all steps
        </button>
      )}
    </div>
  );
}
