import { computed, type ReadonlySignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { pointAt } from '../chart/chart-data.js';
import { formatStep, formatValue } from '../chart/format.js';
import { Scroller } from '../parts/Scroller.js';
import type { RunSource } from '../source/run-source.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { halfCrossing } from './half-crossing.js';
import { panelData } from './panel-data.js';
import { colourOf } from './run-style.js';

type Line = { readonly steps: ArrayLike<number>; readonly values: ArrayLike<number> };

const columns: readonly (readonly [
  name: string,
  lineOf: (source: RunSource, view: View) => Line | undefined,
])[] = [
  ['ID error', ({ curves, setting }) => curves.value.find({ setting, measure: 'err_test' })],
  ['OOD error', ({ curves, setting }) => curves.value.find({ setting, measure: 'err_ood' })],
  ['z-score', strongLine('z_score')],
  ['QK–OV match', strongLine('qk_ov_match')],
  ['token mismatch', strongLine('mismatch_ratio')],
  ['wte–OV match', strongLine('wte_ov_match')],
];

/** The line of the heads that a panel draws strong. */
function strongLine(id: Parameters<typeof panelData>[0]) {
  return (source: RunSource, view: View): Line | undefined =>
    panelData(id, [source], [source], view).lines.find(({ faint }) => !faint);
}

/**
 * The numbers that the charts show at the step below the pointer, or else at the selected one, as a table that can be
 * read aloud and copied. Cells follow the pointer by themselves, without the table being made again.
 */
export function Readout(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
}) {
  const { sources, view, selected } = props;
  const step = useMemo(() => computed(() => view.hover.value ?? selected.value), [view, selected]);
  const heading = useMemo(
    () => computed(() => (step.value === null ? '' : `at step ${formatStep(Math.round(step.value))}`)),
    [step],
  );
  const isEmpty = useMemo(() => computed(() => step.value === null), [step]);
  if (isEmpty.value) return null;
  const shown = shownSources(sources.value, view);
  return (
    <Scroller class="readout-scroll" name="values at the step">
      <table class="readout">
        <caption class="visually-hidden">
          Values at rank {view.rank.value}, match {view.match.value}, relative position {view.relPos.value}
        </caption>
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            {columns.map(([name]) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
            <th scope="col" title="step at which OOD error crosses one half for good">
              OOD ½ at
            </th>
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
              {columns.map(([name, lineOf]) => (
                <Cell key={name} source={source} view={view} step={step} lineOf={lineOf} />
              ))}
              <td>{halfText(source)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** The step at which OOD error crosses half; it is the same at all steps. */
function halfText({ curves, setting }: RunSource): string {
  const half = halfCrossing(curves.value, setting);
  return half === undefined ? '–' : formatStep(Math.round(half));
}

function Cell(props: {
  readonly source: RunSource;
  readonly view: View;
  readonly step: ReadonlySignal<number | null>;
  readonly lineOf: (source: RunSource, view: View) => Line | undefined;
}) {
  const { source, view, step, lineOf } = props;
  const { value, own } = useMemo(() => {
    const line = computed(() => lineOf(source, view));
    const at = computed(() =>
      line.value === undefined || step.value === null ? -1 : pointAt(line.value.steps, step.value),
    );
    return {
      value: computed(() => (at.value === -1 ? '–' : formatValue(line.value!.values[at.value]!))),
      /** The step that the value is of, where that is another one. */
      own: computed(() => {
        const of = at.value === -1 ? step.value : line.value!.steps[at.value]!;
        return of === step.value ? '' : ` at ${formatStep(of!)}`;
      }),
    };
  }, [source, view, step, lineOf]);
  return (
    <td>
      {value}
      <span class="own-step">{own}</span>
    </td>
  );
}
