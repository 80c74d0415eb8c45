import { formatStep } from '../chart/format.js';
import { Stepper } from '../parts/Stepper.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { colourOf } from '../timeline/run-style.js';
import { openableSources, type Selection } from './selection.js';

/** Which run and step is opened, and the way to others. */
export function StepHeader(props: {
  readonly selection: Selection;
  readonly runs: readonly RunSource[];
  readonly view: View;
  readonly busy: boolean;
}) {
  const { selection, runs, view, busy } = props;
  const { source, info, wanted } = selection;
  const openable = openableSources(runs, view);
  return (
    <fieldset class="controls step-header" aria-label="Step and run">
      {openable.length > 1 ? (
        <label>
          <span class="swatch" style={{ '--run': `var(--${colourOf(runs, source.setting)})` }} />
          <span>run</span>
          <select
            value={source.setting}
            onChange={({ currentTarget }) => {
              view.focus.value = currentTarget.value;
            }}
          >
            {openable.map(({ setting }) => (
              <option key={setting} value={setting}>
                {setting}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <Stepper
        label="step"
        name="opened step"
        value={info.step}
        choices={source.steps.value.map(({ step }) => step)}
        onChange={(step) => {
          view.step.value = step;
        }}
      />
      {info.step === wanted ? null : (
        <span class="quiet">
          {source.setting} has no checkpoint of step {formatStep(wanted)}; this is its nearest
        </span>
      )}
      <span class="working" data-busy={busy} aria-hidden="true" />
    </fieldset>
  );
}
