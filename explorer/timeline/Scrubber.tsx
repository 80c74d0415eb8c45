import type { ReadonlySignal } from '@preact/signals';
import { formatStep } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';
import { halfCrossing } from '../state/half-crossing.js';
import { nearestPoint } from '../state/nearest-point.js';
import { checkpointSteps, shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { groupHalf } from './panel-data.js';
import { shownGroups } from './run-groups.js';
import { colourOf } from './run-style.js';

/** The slider of checkpoints, with a mark where each run's OOD error crosses half. */
export function Scrubber(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
  readonly onSelect: (step: number) => void;
}) {
  const { sources, view, selected, onSelect } = props;
  const shown = shownSources(sources.value, view);
  const steps = checkpointSteps(shown);
  const step = selected.value;
  const last = Math.max(1, steps.length - 1);
  const at = step === null ? 0 : Math.max(0, nearestPoint(steps, step));
  const groups = shownGroups(sources.value, shown);
  const halves: readonly { name: string; colour: string; half: number | undefined }[] =
    groups?.map(({ label, colour, sources: own }) => ({ name: label, colour, half: groupHalf(own) })) ??
    shown.map(({ curves, setting }) => ({
      name: setting,
      colour: colourOf(sources.value, setting),
      half: halfCrossing(curves.value, setting),
    }));
  const broken = shown.flatMap((source) =>
    source.steps.value.filter((info) => info.step === step && info.status === 'broken'),
  );
  return (
    <div class="scrubber">
      <strong>{step === null ? 'no checkpoint yet' : `step ${formatStep(step)}`}</strong>
      <div class="scrubber-track">
        <input
          type="range"
          min={0}
          max={steps.length - 1}
          value={at}
          disabled={steps.length === 0}
          aria-label="checkpoint"
          aria-valuetext={step === null ? 'none' : `step ${step}`}
          onInput={(event) => onSelect(steps[Number(event.currentTarget.value)]!)}
        />
        {halves.map(({ name, colour, half }) =>
          half === undefined ? null : (
            <span
              key={name}
              class="half-mark"
              title={`${name}: OOD error crosses ½ at step ${formatStep(Math.round(half))}`}
              style={{
                left: `calc(8px + (100% - 16px) * ${placeBetween(steps, half) / last})`,
                borderBottomColor: `var(--${colour})`,
              }}
            />
          ),
        )}
      </div>
      <p class="scrubber-text">
        {broken.map(({ message }) => (
          <span key={message} class="bad">
            broken: {message}
          </span>
        ))}
      </p>
    </div>
  );
}

/** Where a step lies among the checkpoints, as an index with a fraction. */
function placeBetween(steps: readonly number[], step: number): number {
  const after = steps.findIndex((other) => other >= step);
  if (after === -1) return steps.length - 1;
  if (after === 0) return 0;
  const before = steps[after - 1]!;
  return after - 1 + (step - before) / (steps[after]! - before);
}
