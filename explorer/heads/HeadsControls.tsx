import { Stepper } from '../parts/Stepper.js';
import type { View } from '../state/view.js';
import { chosenBlock, type HeadsModel, type MeasureChoice } from './heads-model.js';
import type { HeadsView } from './heads-view.js';
import { MeasureSelect } from './MeasureSelect.js';

/** What is shown of the pairs: their measure, rank and relative position, and filters by layer, head and value. */
export function HeadsControls(props: {
  readonly model: HeadsModel;
  readonly view: View;
  readonly own: HeadsView;
  readonly measure: MeasureChoice;
}) {
  const { model, view, own, measure } = props;
  const numbers = (name: 'rank' | 'rel_pos') =>
    [...new Set(measure.blocks.flatMap(({ key }) => (key[name] === null ? [] : [key[name]])))].sort(
      (a, b) => a - b,
    );
  const ranks = numbers('rank');
  const relPos = numbers('rel_pos');
  // What was chosen elsewhere may not have been measured of these pairs: the controls say what is shown.
  const shown = chosenBlock(measure.blocks, view.rank.value, view.relPos.value)?.key;
  const field = (label: string, signal: HeadsView['writes'], hint: string) => (
    <label class="choice">
      {label}
      <input
        type="text"
        size={6}
        value={signal.value}
        placeholder={hint}
        onInput={(event) => {
          signal.value = event.currentTarget.value;
        }}
      />
    </label>
  );
  return (
    <div class="controls heads-controls">
      <MeasureSelect
        label="measure"
        value={measure.id}
        ids={model.pairs.map(({ id }) => id)}
        onChoose={(id) => {
          own.measure.value = id;
        }}
      />
      {ranks.length === 0 ? null : (
        <Stepper
          label="rank"
          name="rank of the pairs"
          value={shown?.rank ?? view.rank.value}
          choices={ranks}
          onChange={(next) => {
            view.rank.value = next;
          }}
        />
      )}
      {relPos.length === 0 ? null : (
        <Stepper
          label="rel pos"
          name="relative position of the pairs"
          value={shown?.rel_pos ?? view.relPos.value}
          choices={relPos}
          onChange={(next) => {
            view.relPos.value = next;
          }}
        />
      )}
      {field('writes', own.writes, 'all')}
      {field('reads', own.reads, 'all')}
      {field('at least', own.least, 'any')}
    </div>
  );
}
