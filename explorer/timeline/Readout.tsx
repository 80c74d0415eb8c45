import { computed, type ReadonlySignal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { formatStep, formatValue } from '../chart/format.js';
import { Scroller } from '../parts/Scroller.js';
import type { RunSource } from '../source/run-source.js';
import { halfCrossing } from '../state/half-crossing.js';
import { isOfExperiment } from '../state/looks.js';
import { pointAt } from '../state/nearest-point.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { panelData } from './panel-data.js';
import { groupsOf, median, shownGroups } from './run-groups.js';
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

/** Columns that a model has nothing for: it was not trained on a task with test sets. */
const ofErrors: ReadonlySet<number> = new Set([0, 1, columns.length]);

/** The line of the heads that a panel draws strong. */
function strongLine(id: Parameters<typeof panelData>[0]) {
  return (source: RunSource, view: View): Line | undefined =>
    panelData(id, [source], [source], view).lines.find(({ faint }) => !faint);
}

/** A row of the table: a run, or a group of runs whose medians it holds. */
interface Row {
  readonly name: string;
  readonly colour: string;
  readonly sources: readonly RunSource[];
  /** Whether it is a run below its group. */
  readonly isMember?: boolean;
}

/** What the rows are ordered by: a column, or their own order. */
interface Order {
  readonly column: number | null;
  readonly isDown: boolean;
}

/** A value, and the step that it is of. */
interface Reading {
  readonly value: number;
  readonly step: number;
}

/**
 * The numbers that the charts show at the step below the pointer, or else at the selected one, as a table that can be
 * read aloud, copied, and sorted by any column. Cells follow the pointer by themselves, without the table being made again.
 */
export function Readout(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
}) {
  const { sources, view, selected } = props;
  const order = useSignal<Order>({ column: null, isDown: true });
  const open = useSignal<ReadonlySet<string>>(new Set());
  const step = useMemo(() => computed(() => view.hover.value ?? selected.value), [view, selected]);
  const heading = useMemo(
    () => computed(() => (step.value === null ? '' : `at step ${formatStep(Math.round(step.value))}`)),
    [step],
  );
  const isEmpty = useMemo(() => computed(() => step.value === null), [step]);
  if (isEmpty.value) return null;
  const shown = shownSources(sources.value, view);
  const groups = shownGroups(sources.value, shown);
  const option = groupsOf(sources.value)?.option ?? 'run';
  const rows: readonly Row[] =
    groups?.map(({ label, colour, sources: own }) => ({
      name: `${option} ${label}`,
      colour,
      sources: own,
    })) ??
    shown.map((source) => ({
      name: source.setting,
      colour: colourOf(sources.value, source.setting),
      sources: [source],
    }));
  // By the values at the selected step: rows must not jump below a pointer that moves.
  const sorted = sortRows(rows, order.value, selected.value, view);
  const hasErrors = shown.some(isOfExperiment);
  const isKept = (at: number) => hasErrors || !ofErrors.has(at);
  const heads = [...columns.map(([name]) => name), 'OOD ½ at'].map((name, at) => ({ name, at }));
  const toggle = (name: string) => {
    const next = new Set(open.value);
    if (!next.delete(name)) next.add(name);
    open.value = next;
  };
  return (
    <Scroller
      class={groups === undefined ? 'readout-scroll' : 'readout-scroll many'}
      name="values at the step"
    >
      <table class="readout">
        <caption class="visually-hidden">
          Values at rank {view.rank.value}, match {view.match.value}, relative position {view.relPos.value}
          {groups === undefined ? '' : '; of each group the median'}
        </caption>
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            {heads
              .filter(({ at }) => isKept(at))
              .map(({ name, at }) => (
                <SortHead
                  key={name}
                  name={name}
                  at={at}
                  order={order.value}
                  isAlone={rows.length < 2}
                  onSort={(next) => {
                    order.value = next;
                  }}
                />
              ))}
          </tr>
        </thead>
        <tbody>
          {sorted.flatMap((row) => {
            const isOpen = open.value.has(row.name);
            const members = isOpen
              ? row.sources.map((source) => ({
                  name: source.setting,
                  colour: row.colour,
                  sources: [source],
                  isMember: true,
                }))
              : [];
            return [row, ...sortRows(members, order.value, selected.value, view)].map((one) => (
              <tr key={one.name} class={one.isMember ? 'member' : undefined}>
                <th scope="row">
                  {groups === undefined || one.isMember ? (
                    <>
                      <span class="swatch" style={{ '--run': `var(--${one.colour})` }} />
                      {one.name}
                    </>
                  ) : (
                    <button
                      type="button"
                      class="group"
                      aria-expanded={isOpen}
                      onClick={() => toggle(one.name)}
                    >
                      <span class="swatch" style={{ '--run': `var(--${one.colour})` }} />
                      {one.name}
                      <span class="quiet">
                        {' '}
                        {one.sources.length === 1 ? '1 run' : `median of ${one.sources.length}`}
                      </span>
                    </button>
                  )}
                </th>
                {columns.map(([name, lineOf], at) =>
                  isKept(at) ? (
                    <Cell key={name} sources={one.sources} view={view} step={step} lineOf={lineOf} />
                  ) : null,
                )}
                {hasErrors ? <td>{halfText(one.sources)}</td> : null}
              </tr>
            ));
          })}
        </tbody>
      </table>
    </Scroller>
  );
}

/** The head of a column; a click sorts by it, another one the other way, a third one not at all. */
function SortHead(props: {
  readonly name: string;
  readonly at: number;
  readonly order: Order;
  readonly isAlone: boolean;
  readonly onSort: (order: Order) => void;
}) {
  const { name, at, order, isAlone, onSort } = props;
  const isOwn = order.column === at;
  const title = at === columns.length ? 'step at which OOD error crosses one half for good' : undefined;
  if (isAlone)
    return (
      <th scope="col" title={title}>
        {name}
      </th>
    );
  return (
    <th scope="col" title={title} aria-sort={isOwn ? (order.isDown ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        class="sort"
        onClick={() =>
          onSort(
            !isOwn
              ? { column: at, isDown: true }
              : order.isDown
                ? { column: at, isDown: false }
                : { column: null, isDown: true },
          )
        }
      >
        {name}
      </button>
    </th>
  );
}

function sortRows(rows: readonly Row[], order: Order, step: number | null, view: View): readonly Row[] {
  const { column, isDown } = order;
  if (column === null || step === null) return rows;
  const sortedBy = ({ sources }: Row): number => {
    const lineOf = columns[column]?.[1];
    if (lineOf === undefined) return halfOf(sources) ?? Number.NaN;
    return (
      readingOf(
        sources.map((source) => lineOf(source, view)),
        step,
      )?.value ?? Number.NaN
    );
  };
  const keyed = rows.map((row) => ({ row, value: sortedBy(row) }));
  // Rows without a value stand at the end either way.
  return keyed
    .sort((a, b) => {
      if (Number.isNaN(a.value) || Number.isNaN(b.value))
        return Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value));
      return isDown ? b.value - a.value : a.value - b.value;
    })
    .map(({ row }) => row);
}

/** The value of a line at a step or nearby; of several lines the median of those that have just this step. */
function readingOf(lines: readonly (Line | undefined)[], step: number): Reading | undefined {
  if (lines.length === 1) {
    const [line] = lines;
    const at = line === undefined ? -1 : pointAt(line.steps, step);
    return at === -1 ? undefined : { value: line!.values[at]!, step: line!.steps[at]! };
  }
  const values = lines.flatMap((line) => {
    const at = line === undefined ? -1 : pointAt(line.steps, step);
    return at !== -1 && line!.steps[at] === step && !Number.isNaN(line!.values[at]!)
      ? [line!.values[at]!]
      : [];
  });
  return values.length === 0 ? undefined : { value: median(values), step };
}

/** The step at which OOD error crosses half, of several runs the median where most of them do; it is the same at all steps. */
function halfOf(sources: readonly RunSource[]): number | undefined {
  const half = median(
    sources.map(({ curves, setting }) => halfCrossing(curves.value, setting) ?? Number.POSITIVE_INFINITY),
  );
  return Number.isFinite(half) ? half : undefined;
}

function halfText(sources: readonly RunSource[]): string {
  const half = halfOf(sources);
  const text = half === undefined ? '–' : formatStep(Math.round(half));
  if (sources.length === 1) return text;
  const crossed = sources.filter(({ curves, setting }) => halfCrossing(curves.value, setting) !== undefined);
  return `${text} (${crossed.length} of ${sources.length})`;
}

function Cell(props: {
  readonly sources: readonly RunSource[];
  readonly view: View;
  readonly step: ReadonlySignal<number | null>;
  readonly lineOf: (source: RunSource, view: View) => Line | undefined;
}) {
  const { sources, view, step, lineOf } = props;
  const { value, own } = useMemo(() => {
    const lines = computed(() => sources.map((source) => lineOf(source, view)));
    const reading = computed(() => (step.value === null ? undefined : readingOf(lines.value, step.value)));
    return {
      value: computed(() => (reading.value === undefined ? '–' : formatValue(reading.value.value))),
      /** The step that the value is of, where that is another one. */
      own: computed(() => {
        const of = reading.value?.step ?? step.value;
        return of === step.value ? '' : ` at ${formatStep(of!)}`;
      }),
    };
  }, [sources.map(({ setting }) => setting).join('\n'), sources[0], view, step, lineOf]);
  return (
    <td>
      {value}
      <span class="own-step">{own}</span>
    </td>
  );
}
