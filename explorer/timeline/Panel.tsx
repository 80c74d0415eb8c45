import { computed, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { Chart } from '../chart/Chart.js';
import type { ChartData } from '../chart/chart-data.js';
import { formatStep, formatValue } from '../chart/format.js';
import { Definition } from '../parts/Definition.js';
import { type ChartSight, chartPicture } from '../save/chart-picture.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { pointAt } from '../state/nearest-point.js';
import type { View } from '../state/view.js';
import type { Offer } from './offers.js';
import { sightsOfPanels } from './panel-sights.js';

/** A chart with its words: the question, the measure in one line, and behind "definition" a sentence and the equation. */
export function Panel(props: {
  readonly id: string;
  readonly title: ComponentChildren;
  /** The second line. */
  readonly line?: ComponentChildren;
  readonly definition?: ComponentChildren;
  /** The choices that it depends on, such as `rank 10, t = 0`. */
  readonly choice?: string;
  /** What a screen reader calls it. */
  readonly spoken: string;
  readonly data: ReadonlySignal<ChartData>;
  /** What to choose where there is nothing to show. */
  readonly offers?: ReadonlySignal<readonly Offer[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
  readonly onSelect: (step: number) => void;
}) {
  const { id, title, line, definition, choice, spoken, data, offers, view, selected, onSelect } = props;
  const figure = useRef<HTMLElement>(null);
  const look = useRef((): ChartSight => {
    throw new Error('not drawn yet');
  });
  look.current = () => {
    const box = figure.current!;
    const { width, height } = box.querySelector('.chart')!.getBoundingClientRect();
    return {
      title: box.querySelector('h3')!.textContent ?? '',
      line: [lineText(box), choice].filter(Boolean).join(' · '),
      data: data.peek(),
      window: { axis: view.axis.peek(), zoom: view.zoom.peek() },
      selected: selected.peek(),
      width: Math.floor(width),
      height: Math.floor(height),
    };
  };
  useLayoutEffect(() => {
    sightsOfPanels.set(figure.current!, () => look.current());
  }, []);
  const picture = useMemo(() => chartPicture(spoken, () => look.current()), [spoken]);
  const describe = useMemo(
    () => computed(() => describeChart(spoken, data.value, selected.value)),
    [data, spoken],
  );
  return (
    <figure class="panel" data-panel={id} ref={figure}>
      <figcaption>
        <div class="panel-title">
          <h3>{title}</h3>
          {definition === undefined ? null : <Definition of={spoken}>{definition}</Definition>}
        </div>
        {line === undefined ? null : <p class="panel-line">{line}</p>}
      </figcaption>
      <Offers offers={data.value.note === undefined ? [] : (offers?.value ?? [])} />
      <Chart data={data} view={view} selected={selected} onSelect={onSelect} describe={describe} />
      <SaveMenu picture={picture} />
    </figure>
  );
}

/** Stands over the chart, below what it says. */
function Offers({ offers }: { readonly offers: readonly Offer[] }) {
  return offers.length === 0 ? null : (
    <fieldset class="chart-offers" aria-label="measured at">
      {offers.map(({ label, take }) => (
        <button key={label} type="button" class="plain" onClick={take}>
          {label}
        </button>
      ))}
    </fieldset>
  );
}

/** What is measured, by its name; in a panel with a choice, what is chosen. */
function lineText(figure: Element): string {
  const select = figure.querySelector<HTMLSelectElement>('.panel-line select');
  if (select !== null) return select.selectedOptions[0]?.textContent ?? '';
  return (
    figure.querySelector('.panel-line strong')?.textContent ?? figure.querySelector('h3')?.textContent ?? ''
  );
}

/** A chart in words: where each line starts and ends, and where it is at the selected step. */
function describeChart(spoken: string, { lines, note }: ChartData, selected: number | null): string {
  if (note !== undefined) return `${spoken}: ${note}`;
  const parts = lines.flatMap(({ faint, label, dashed, steps, values }) => {
    if (faint || steps.length === 0) return [];
    const last = steps.length - 1;
    const at = selected === null ? -1 : pointAt(steps, selected);
    const here =
      at === -1
        ? ''
        : steps[at] === selected
          ? `, ${formatValue(values[at]!)} at the selected step ${formatStep(selected)}`
          : `, ${formatValue(values[at]!)} at step ${formatStep(steps[at]!)}, the nearest to the selected one`;
    const name = label === '' ? (dashed ? 'in distribution, ' : '') : `${label}: `;
    return [
      `${name}${formatValue(values[0]!)} at step ${formatStep(steps[0]!)}${here}, ${formatValue(values[last]!)} at step ${formatStep(steps[last]!)}`,
    ];
  });
  return `${spoken}. ${parts.join('; ')}.`;
}
