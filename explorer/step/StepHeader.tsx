import { formatStep } from '../chart/format.js';
import { Stepper } from '../parts/Stepper.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { colourOf } from '../timeline/run-style.js';
import type { Pinned } from './pinned.js';
import { openableSources, type Selection } from './selection.js';

/** Which run and step is opened, and the way to others. */
export function StepHeader(props: {
  readonly selection: Selection;
  readonly runs: readonly RunSource[];
  readonly view: View;
  readonly busy: boolean;
  /** What is pinned for a comparison; null where nothing is. */
  readonly pinned: Pinned | null;
  readonly onPin: (pinned: Pinned | null) => void;
}) {
  const { selection, runs, view, busy, pinned, onPin } = props;
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
      {pinned === null ? (
        <button
          type="button"
          class="plain"
          title="keep this step in view, and move on to another step or run"
          onClick={() => onPin({ setting: source.setting, step: info.step })}
        >
          Pin as A to compare
        </button>
      ) : (
        <button type="button" class="plain" onClick={() => onPin(null)}>
          Unpin A: {pinned.setting}, step {formatStep(pinned.step)}
        </button>
      )}
      {info.step === wanted ? null : (
        <span class="quiet">
          {source.setting} has no checkpoint of step {formatStep(wanted)}; this is its nearest
        </span>
      )}
      <span class="working" data-busy={busy} aria-hidden="true" />
    </fieldset>
  );
}
