import type { Panel } from '../../src/figure/panel.js';
import type { PanelId } from '../../src/figure/panel-words.js';
import { type Choice, panelIds, panels } from '../../src/figure/panels.js';
import type { Curve } from '../../src/series/curves.js';
import type { ChartData, ChartLine, ChartMark, StepSpan } from '../chart/chart-data.js';
import { noCurves } from '../source/join-curves.js';
import type { RunSource } from '../source/run-source.js';
import { halfCrossing } from '../state/half-crossing.js';
import type { View } from '../state/view.js';
import { median, medianLine, type RunGroup, shownGroups } from './run-groups.js';
import { colourOf, shortNames } from './run-style.js';

/** Scores are cosines and shares: an axis from 0 to 1 keeps them comparable, and steady under the controls. */
const unitRange = [0, 1] as const;

/**
 * What a panel shows of some runs. Which head is drawn strong, what the baseline is and why a panel is empty is decided
 * where the static figures are drawn, so that page and figures agree.
 * @param all every run of the page, for its colours   @param shown the runs of this panel
 */
export function panelData(
  id: PanelId,
  all: readonly RunSource[],
  shown: readonly RunSource[],
  view: View,
): ChartData {
  const grouped = shownGroups(all, shown);
  if (grouped !== undefined) return groupedData(id, grouped, view);
  const maker = panels.find((panel) => panel.id === id)!;
  const names = shortNames(shown.map(({ setting }) => setting));
  const lines: ChartLine[] = [];
  const notes = new Set<string>();
  const baselines = new Map<string, NonNullable<Panel['baseline']>>();
  const choice = choiceOf(id, view);
  const pairs = new Set<string>();
  for (const source of shown) {
    const panel = maker.make(source.curves.value, { ...choice, setting: source.setting });
    const colour = colourOf(all, source.setting);
    const name = names.get(source.setting)!;
    if (panel.note !== undefined && source.curves.value !== noCurves) notes.add(panel.note.join(' '));
    if (panel.baseline !== undefined) baselines.set(JSON.stringify(panel.baseline), panel.baseline);
    for (const { steps, values, ink, behind, of } of panel.lines) {
      if (!behind && of != null) pairs.add(of);
      if (id === 'errors')
        lines.push(errorLine({ steps, values }, ink === 'first', shown.length, colour, name));
      else {
        const label = shown.length > 1 ? name : '';
        lines.push({
          steps,
          values,
          colour,
          label,
          name: [label, of].filter(Boolean).join(' '),
          width: behind ? 1 : 2,
          faint: behind === true,
          dots: !behind,
        });
      }
    }
  }
  return {
    lines,
    baselines: [...baselines.values()],
    marks: marksOf(all, shown),
    range: id === 'z_score' ? undefined : unitRange,
    span: stepSpan(shown),
    pair: pairs.size === 1 ? [...pairs][0] : undefined,
    ...(lines.length === 0 && { note: noteOf(notes, shown) }),
  };
}

/** Many runs: each a thin line, and the median of each group a strong one with the value that the group shares. */
function groupedData(id: PanelId, groups: readonly RunGroup[], view: View): ChartData {
  const parts = groups.map(({ label, colour, sources }) => {
    const each = sources.map((source) => ({
      source,
      data: panelData(id, [source], [source], view),
    }));
    const strong = each.flatMap(({ source, data }) =>
      data.lines.flatMap((line) => (line.faint ? [] : [{ line, name: source.setting }])),
    );
    return { label, colour, each, strong };
  });
  const shown = groups.flatMap(({ sources }) => sources);
  const lines = parts.flatMap(({ label, colour, strong }): ChartLine[] => {
    const kinds = id === 'errors' ? (['ID', 'OOD'] as const) : [''];
    return kinds.flatMap((kind): ChartLine[] => {
      const own = strong.filter(({ line }) => kind === '' || line.label === kind);
      if (own.length === 0) return [];
      const isId = kind === 'ID';
      const members = own.map(({ line, name }): ChartLine => {
        const { steps, values } = line;
        return {
          steps,
          values,
          colour,
          label: '',
          name: `${name}${isId ? ', ID' : ''}`,
          width: 1,
          faint: true,
          dashed: isId,
        };
      });
      const middle: ChartLine = {
        ...medianLine(own.map(({ line }) => line)),
        colour,
        label: isId ? '' : label,
        name: `median of ${own.length}${isId ? ', ID' : ''}`,
        width: isId ? 1.5 : 2.25,
        dashed: isId,
      };
      // The error within the distribution has a line for each group alone: else there is nothing but lines.
      return isId ? [middle] : [...(own.length > 1 ? members : []), middle];
    });
  });
  const data = parts.flatMap(({ each }) => each.map((one) => one.data));
  const baselines = new Map(data.flatMap((one) => one.baselines.map((line) => [JSON.stringify(line), line])));
  const pairs = new Set(data.map(({ pair }) => pair));
  return {
    lines,
    baselines: [...baselines.values()],
    marks: groups.flatMap(({ colour, sources }): ChartMark[] => {
      const step = groupHalf(sources);
      return step === undefined ? [] : [{ step, kind: 'half', colour }];
    }),
    range: id === 'z_score' ? undefined : unitRange,
    span: groupedSpan(groups),
    pair: pairs.size === 1 ? [...pairs][0] : undefined,
    ...(lines.length === 0 && {
      note: noteOf(new Set(data.flatMap(({ note }) => note ?? [])), shown),
    }),
  };
}

/** The median step at which OOD error of a group's runs crosses half, where most of them do. */
export function groupHalf(sources: readonly RunSource[]): number | undefined {
  const steps = sources.map(
    ({ curves, setting }) => halfCrossing(curves.value, setting) ?? Number.POSITIVE_INFINITY,
  );
  const middle = median(steps);
  return Number.isFinite(middle) ? middle : undefined;
}

function groupedSpan(groups: readonly RunGroup[]): StepSpan {
  const span = stepSpan(groups.flatMap(({ sources }) => sources));
  return { ...span, letters: Math.max(...groups.map(({ label }) => label.length)) };
}

/** The axis of steps of all panels: as far as any of the runs goes, or is to go where it still grows. */
export function stepSpan(shown: readonly RunSource[]): StepSpan {
  let first = Number.POSITIVE_INFINITY;
  let last = 1;
  for (const { setting, curves, steps, progress } of shown) {
    for (const { step } of steps.value) {
      if (step > 0) first = Math.min(first, step);
      last = Math.max(last, step);
    }
    for (const measure of ['err_test', 'err_ood'])
      last = Math.max(last, curves.value.find({ setting, measure })?.steps.at(-1) ?? 0);
    const { phase, endStep } = progress.value;
    if (endStep !== undefined && (phase === 'training' || phase === 'paused')) last = Math.max(last, endStep);
  }
  const names = shown.length < 2 ? ['OOD'] : shortNames(shown.map(({ setting }) => setting)).values();
  // Where runs have other checkpoints, values of a step nearby name it.
  const grids = new Set(
    shown.map(({ steps }) =>
      steps.value
        .slice(0, 3)
        .map(({ step }) => step)
        .join(),
    ),
  );
  // So do the last values of a run that ends earlier, or grows more slowly.
  const ends = new Set(shown.map(({ steps }) => steps.value.at(-1)?.step));
  const growing: readonly string[] = ['waiting', 'training', 'paused'];
  const isGrowing = shown.some(({ progress }) => growing.includes(progress.value.phase));
  const isUneven = shown.length > 1 && (grids.size > 1 || ends.size > 1 || isGrowing);
  const letters = Math.max(...[...names].map((name) => name.length)) + (isUneven ? 10 : 0);
  return { first: Number.isFinite(first) ? first : 1, last, letters };
}

/** What is chosen, as far as the panel depends on it: a control must not redraw panels that it does not change. */
function choiceOf(id: PanelId, view: View): Omit<Choice, 'setting'> {
  const isMatch = id === 'qk_ov_match' || id === 'wte_ov_match';
  const hasPairs = id !== 'errors';
  return {
    rank: isMatch ? view.rank.value : view.rank.peek(),
    method: isMatch ? view.match.value : view.match.peek(),
    relPos: hasPairs ? view.relPos.value : view.relPos.peek(),
    pair: (hasPairs ? view.pair.value : view.pair.peek()) ?? undefined,
    firstStep: 0,
  };
}

/** Both errors have the colour of their run: OOD is solid, ID dashed. The one of many runs that is named is OOD. */
function errorLine(
  { steps, values }: Pick<ChartLine, 'steps' | 'values'>,
  isId: boolean,
  runs: number,
  colour: string,
  name: string,
): ChartLine {
  const kind = isId ? 'ID' : 'OOD';
  const label = runs === 1 ? kind : isId ? '' : name;
  const full = runs === 1 ? kind : `${name} ${kind}`;
  return { steps, values, label, name: full, colour, width: isId ? 1.75 : 2.25, dashed: isId };
}

function marksOf(all: readonly RunSource[], shown: readonly RunSource[]): ChartMark[] {
  return shown.flatMap((source): ChartMark[] => {
    const half = halfCrossing(source.curves.value, source.setting);
    const broken = source.steps.value.filter(({ status }) => status === 'broken');
    return [
      ...(half === undefined
        ? []
        : [{ step: half, kind: 'half', colour: colourOf(all, source.setting) } as const]),
      ...broken.map(({ step }) => ({ step, kind: 'broken', colour: 'bad' }) as const),
    ];
  });
}

function noteOf(notes: ReadonlySet<string>, shown: readonly RunSource[]): string {
  if (shown.every(({ progress }) => progress.value.phase === 'waiting')) return 'nothing trained yet';
  // A run that has not begun says nothing of the others.
  const loading = shown.some(({ curves, progress }) => {
    const { phase } = progress.value;
    return phase === 'measuring' || (curves.value === noCurves && phase !== 'waiting');
  });
  return loading ? 'measuring …' : [...notes].join(' ') || 'nothing to show';
}

/** A measure of the table that has no panel of its own. */
export interface ExtraMeasure {
  /** Its name in the address bar. */
  readonly id: string;
  readonly measure: string;
  readonly of: string | null;
  readonly statistic: string | null;
}

const ownPanels = new Set<string>([...panelIds, 'err_test', 'err_ood', 'baseline_match']);

/** What the sixth panel can show: every measure of the runs that the five leave out. */
export function extraMeasures(sources: readonly RunSource[]): ExtraMeasure[] {
  const found = new Map<string, ExtraMeasure>();
  for (const { curves } of sources) {
    for (const { key } of curves.value.all) {
      if (ownPanels.has(key.measure)) continue;
      const { measure, of, statistic } = key;
      const id = [measure, of ?? '', statistic ?? ''].join('/').replace(/\/+$/, '');
      if (!found.has(id)) found.set(id, { id, measure, of, statistic });
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The sixth panel's lines. */
export function extraData(
  extra: ExtraMeasure | undefined,
  all: readonly RunSource[],
  shown: readonly RunSource[],
  view: View,
): ChartData {
  if (extra === undefined)
    return { lines: [], baselines: [], marks: [], span: stepSpan(shown), note: noteOf(new Set(), shown) };
  const grouped = shownGroups(all, shown);
  const names = shortNames(shown.map(({ setting }) => setting));
  const one = (source: RunSource): ChartLine[] => {
    const curve = findExtra(source, extra, view);
    if (curve === undefined) return [];
    const label = shown.length > 1 ? names.get(source.setting)! : '';
    return [{ ...curve, label, colour: colourOf(all, source.setting), width: 2, dots: true }];
  };
  const lines =
    grouped === undefined
      ? shown.flatMap(one)
      : grouped.flatMap(({ label, colour, sources }): ChartLine[] => {
          const own = sources.flatMap((source) =>
            one(source).map((line) => ({
              ...line,
              label: '',
              name: source.setting,
              width: 1,
              faint: true,
              dots: false,
            })),
          );
          if (own.length === 0) return [];
          const name = `median of ${own.length}`;
          return [...(own.length > 1 ? own : []), { ...medianLine(own), label, name, colour, width: 2.25 }];
        });
  return {
    lines,
    baselines: [],
    marks: grouped === undefined ? marksOf(all, shown) : [],
    span: grouped === undefined ? stepSpan(shown) : groupedSpan(grouped),
    ...(lines.length === 0 && { note: noteOf(new Set([`not measured at rank ${view.rank.value}`]), shown) }),
  };
}

/**
 * The measure's curve at the chosen rank and relative position. A measure that has neither does not follow them: twenty
 * thousand errors must not be drawn again for another rank.
 */
function findExtra(
  { curves, setting }: RunSource,
  { measure, of, statistic }: ExtraMeasure,
  view: View,
): Curve | undefined {
  const key = { setting, measure, of, statistic };
  const plain = curves.value.find(key);
  if (plain !== undefined) return isDrawable(plain) ? plain : undefined;
  for (const rank of [view.rank.value, null]) {
    for (const rel_pos of [view.relPos.value, null]) {
      const curve = curves.value.find({ ...key, rank, rel_pos });
      if (curve !== undefined && isDrawable(curve)) return curve;
    }
  }
  return undefined;
}

function isDrawable({ values }: Curve): boolean {
  return values.some(Number.isFinite);
}
