import type { PanelId } from '../../src/report/panel-words.js';
import type { Curve } from '../../src/series/curves.js';
import { formatStep, formatValue } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';
import { halfCrossing } from '../state/half-crossing.js';
import { nearestPoint } from '../state/nearest-point.js';
import type { View } from '../state/view.js';
import { panelData } from '../timeline/panel-data.js';

/** A stop of the tour: what to look at, when, and why. */
export interface Stop {
  readonly title: string;
  readonly text: string;
  /** The panel it is about. */
  readonly panel: PanelId;
  readonly step: number | undefined;
  /** The runs shown; all others are switched off. */
  readonly runs: readonly string[];
}

/** The five stops, told with the numbers of the runs at hand: the first that learns the rule, and one that does not. */
export function tourStops(sources: readonly RunSource[], view: View): readonly Stop[] {
  const halves = new Map(
    sources.map((source) => [source, halfCrossing(source.curves.value, source.setting)]),
  );
  const learner = sources.find((source) => halves.get(source) !== undefined) ?? sources[0];
  if (learner === undefined) return [];
  const memoriser = sources.find((source) => {
    const ood = source.curves.value.find({ setting: source.setting, measure: 'err_ood' });
    return source !== learner && ood !== undefined && (ood.values.at(-1) ?? 0) > 0.5;
  });
  const runs = [learner.setting];
  return [
    memorising(learner, runs),
    { ...climbing(learner, view), runs },
    { ...meeting(learner, view), runs },
    { ...falling(learner, halves.get(learner)), runs },
    memoriser === undefined ? noMemoriser(runs) : memorised(memoriser, [learner.setting, memoriser.setting]),
  ];
}

function memorising(source: RunSource, runs: readonly string[]): Stop {
  const { setting, curves } = source;
  const id = curves.value.find({ setting, measure: 'err_test' });
  const ood = curves.value.find({ setting, measure: 'err_ood' });
  let step: number | undefined;
  let text = 'At first the model learns which tokens are common, and little else.';
  if (id !== undefined && ood !== undefined) {
    let widest = 0;
    for (let at = 1; at < id.steps.length; at++) {
      const gap = valueAt(ood, id.steps[at]!) - id.values[at]!;
      if (gap > valueAt(ood, id.steps[widest]!) - id.values[widest]!) widest = at;
    }
    step = id.steps[widest]!;
    text = `At step ${formatStep(step)} the gap is widest: on familiar sequences ${percent(id.values[widest]!)} of the copied tokens are wrong, on unfamiliar ones ${percent(valueAt(ood, step))}. What the model knows so far are the habits of its training data.`;
  }
  return { title: 'First it memorises', text, panel: 'errors', step, runs };
}

function climbing(source: RunSource, view: View): Omit<Stop, 'runs'> {
  const line = mainLine('z_score', source, view);
  const top = line === undefined ? 0 : largest(line);
  const at = line === undefined ? -1 : firstAbove(line, line.values[top]! / 2);
  const text =
    line === undefined || at === -1
      ? 'This run has no pair of layers to compose, so there is no diagonal to stand out.'
      : `By step ${formatStep(line.steps[at]!)} the diagonal of W_QKOV stands ${formatValue(line.values[at]!)} standard deviations above the rest, on its way to ${formatValue(line.values[top]!)}. The second layer has begun to look for the very token that the first layer wrote.`;
  return { title: 'A diagonal rises', text, panel: 'z_score', step: line?.steps[at] };
}

function meeting(source: RunSource, view: View): Omit<Stop, 'runs'> {
  const line = mainLine('qk_ov_match', source, view);
  const top = line === undefined ? -1 : largest(line);
  const baseline = panelData('qk_ov_match', [source], [source], view).baselines[0];
  const text =
    line === undefined
      ? 'With one layer there is nothing that reads what another one writes.'
      : `Two random subspaces of this rank would score ${baseline === undefined ? 'little' : formatValue(baseline.value)}. At step ${formatStep(line.steps[top]!)} what the second layer reads and what the first one writes score ${formatValue(line.values[top]!)}: the two layers speak through the same few directions.`;
  return { title: 'The subspaces meet', text, panel: 'qk_ov_match', step: line?.steps[top] };
}

function falling(source: RunSource, half: number | undefined): Omit<Stop, 'runs'> {
  const ood = source.curves.value.find({ setting: source.setting, measure: 'err_ood' });
  const last = ood?.values.at(-1) ?? Number.NaN;
  const text =
    half === undefined
      ? `In this run OOD error never falls below half; it ends at ${percent(last)}.`
      : `At step ${formatStep(Math.round(half))} the error on sequences unlike any in training crosses one half, and it ends at ${percent(last)}. The rule “find what followed last time, and copy it” needs both layers, and here they work together.`;
  return { title: 'And OOD error falls', text, panel: 'errors', step: half };
}

function memorised(source: RunSource, runs: readonly string[]): Stop {
  const { setting, curves, config } = source;
  const id = curves.value.find({ setting, measure: 'err_test' })?.values.at(-1) ?? Number.NaN;
  const ood = curves.value.find({ setting, measure: 'err_ood' })?.values.at(-1) ?? Number.NaN;
  const pool = config?.pool_size ?? null;
  const drawn = pool === null ? 'In this run' : `With only ${formatStep(pool)} patterns to draw from,`;
  return {
    title: 'What a small pool does instead',
    text: `${drawn} it is enough to know the patterns by heart. The model ends with ${percent(id)} wrong on familiar sequences, and ${percent(ood)} on unfamiliar ones: it has learned the answers, not the rule, and its layers stay apart.`,
    panel: 'errors',
    step: undefined,
    runs,
  };
}

function noMemoriser(runs: readonly string[]): Stop {
  return {
    title: 'What a small pool does instead',
    text: __REPORT__
      ? 'When training draws its patterns from a pool of only 100, it is enough to know them by heart: OOD error stays high and the layers stay apart. Train such a run with --pool_size 100 and open both side by side.'
      : 'When training draws its patterns from a pool of only 100, it is enough to know them by heart: OOD error stays high and the layers stay apart. Try it below: train pool 100 next to infinite and watch both.',
    panel: 'errors',
    step: undefined,
    runs,
  };
}

type Line = Pick<Curve, 'steps' | 'values'>;

function mainLine(id: PanelId, source: RunSource, view: View): Line | undefined {
  const line = panelData(id, [source], [source], view).lines.find(({ faint }) => !faint);
  return line === undefined
    ? undefined
    : { steps: Float64Array.from(line.steps), values: Float64Array.from(line.values) };
}

function valueAt({ steps, values }: Line, step: number): number {
  return values[nearestPoint(steps, step)] ?? Number.NaN;
}

function largest({ values }: Line): number {
  let top = 0;
  for (let at = 1; at < values.length; at++) if (!(values[top]! >= values[at]!)) top = at;
  return top;
}

function firstAbove({ values }: Line, threshold: number): number {
  return values.findIndex((value) => value >= threshold);
}

function percent(value: number): string {
  return Number.isNaN(value) ? 'an unknown share' : `${Math.round(100 * value)} %`;
}
