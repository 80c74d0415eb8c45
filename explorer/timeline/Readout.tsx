import type { ReadonlySignal } from '@preact/signals';
import { nearestPoint } from '../chart/chart-data.js';
import { formatStep, formatValue } from '../chart/format.js';
import { Scroller } from '../parts/Scroller.js';
import type { RunSource } from '../source/run-source.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { panelData } from './panel-data.js';
import { colourOf } from './run-style.js';

/** The numbers of the selected step: what the charts show, as a table that can be read aloud and copied. */
export function Readout(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
}) {
  const { sources, view, selected } = props;
  const step = selected.value;
  if (step === null) return null;
  const shown = shownSources(sources.value, view);
  const columns = ['ID error', 'OOD error', 'z-score', 'QK–OV match', 'token mismatch', 'wte–OV match'];
  return (
    <Scroller class="readout-scroll" name="values at the selected step">
      <table class="readout">
        <caption class="visually-hidden">
          Values at step {formatStep(step)}, rank {view.rank.value}, match {view.match.value}, relative
          position {view.relPos.value}
        </caption>
        <thead>
          <tr>
            <th scope="col">at step {formatStep(step)}</th>
            {columns.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((source) => (
            <tr key={source.setting}>
              <th scope="row">
                <span
                  class="swatch"
                  style={{ '--run': `var(--${colourOf(sources.value, source.setting)})` }}
                />
                {source.setting}
              </th>
              {valuesAt(source, view, step).map((value, at) => (
                <td key={columns[at]} data-value={value}>
                  {formatValue(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** ID and OOD error, then the four measures, of the heads that the panels draw strong. */
function valuesAt(source: RunSource, view: View, step: number): number[] {
  const { setting, curves } = source;
  const errors = ['err_test', 'err_ood'].map((measure) => {
    const curve = curves.value.find({ setting, measure });
    return curve === undefined ? Number.NaN : at(curve, step);
  });
  const others = (['z_score', 'qk_ov_match', 'mismatch_ratio', 'wte_ov_match'] as const).map((id) => {
    const line = panelData(id, [source], [source], view).lines.find(({ faint }) => !faint);
    return line === undefined ? Number.NaN : at(line, step);
  });
  return [...errors, ...others];
}

function at(
  { steps, values }: { steps: ArrayLike<number>; values: ArrayLike<number> },
  step: number,
): number {
  const index = nearestPoint(steps, step);
  return index === -1 ? Number.NaN : values[index]!;
}
