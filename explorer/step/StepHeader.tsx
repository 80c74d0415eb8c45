import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { stepText } from './numbers.js';
import type { Selection } from './selection.js';

/** Which run and step is opened, and the way to the ones beside it. */
export function StepHeader(props: {
  readonly selection: Selection;
  readonly runs: readonly RunSource[];
  readonly view: View;
  readonly busy: boolean;
}) {
  const { selection, runs, view, busy } = props;
  const { source, info } = selection;
  const steps = source.steps.value;
  const at = steps.findIndex(({ step }) => step === info.step);
  const go = (to: number) => {
    const next = steps[to];
    if (next !== undefined) view.step.value = next.step;
  };
  return (
    <fieldset class="controls step-header" aria-label="Step and run">
      {runs.length > 1 ? (
        <label>
          <span>run</span>
          <select
            value={source.setting}
            onChange={({ currentTarget }) => {
              view.focus.value = currentTarget.value;
            }}
          >
            {runs.map(({ setting }) => (
              <option key={setting} value={setting}>
                {setting}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <span class="stepper">
        <button type="button" aria-label="Previous checkpoint" disabled={at <= 0} onClick={() => go(at - 1)}>
          ◂
        </button>
        <output>
          step {stepText(info.step)} · {at + 1} of {steps.length}
        </output>
        <button
          type="button"
          aria-label="Next checkpoint"
          disabled={at >= steps.length - 1}
          onClick={() => go(at + 1)}
        >
          ▸
        </button>
      </span>
      <span class="working" data-busy={busy} aria-hidden="true" />
    </fieldset>
  );
}
