import type { PanelId } from '../../src/figure/panel-words.js';
import type { Curve } from '../../src/series/curves.js';
import { formatStep, formatValue } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';
import { halfCrossing } from '../state/half-crossing.js';
import type { View } from '../state/view.js';
import { panelData } from '../timeline/panel-data.js';
import { openedStops } from './opened-stops.js';
import type { Stop } from './stop.js';

/**
 * The stops, told with the numbers of the runs at hand: the first that learns the rule, one that does not, and the
 * weights of the first. Values are those of the charts at the stop's step.
 */
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
  const half = halves.get(learner);
  return [
    memorising(learner),
    climbing(learner, view),
    meeting(learner, view),
    falling(learner, half),
    memoriser === undefined ? noMemoriser(learner) : memorised(memoriser, learner, view),
    ...openedStops(learner, half, view),
  ];
}

function memorising(source: RunSource): Stop {
  const id = atCheckpoints(source, 'err_test');
  const ood = atCheckpoints(source, 'err_ood');
  const gap = (at: number) => ood.values[at]! - id.values[at]!;
  let widest = 0;
  for (let at = 1; at < id.steps.length; at++) if (gap(at) > gap(widest)) widest = at;
  const step = id.steps[widest];
  const stop = { subject: panelOf('errors'), step, runs: [source.setting] };
  if (step === undefined || !(gap(widest) >= leastGap)) {
    const text =
      step === undefined
        ? 'At first a model learns which tokens are common, and little else. This run has no test errors at its checkpoints to show it by.'
        : `A model may learn its training data by heart before it finds the rule. This one shows little of that: OOD error is never more than ${formatValue(Math.max(0, gap(widest)))} above ID error.`;
    return { ...stop, title: 'Does it memorise first?', story: { text } };
  }
  return {
    ...stop,
    title: 'First it memorises',
    story: {
      text: `At step ${formatStep(step)} the gap is widest: the error is ${formatValue(id.values[widest]!)} on familiar sequences (ID), and ${formatValue(ood.values[widest]!)} on sequences unlike any in training (OOD). What the model knows so far are the habits of its training data.`,
    },
  };
}

function climbing(source: RunSource, view: View): Stop {
  const { line, layers } = mainLine('z_score', source, view);
  const stop = { subject: panelOf('z_score'), runs: [source.setting] };
  const top = line === undefined ? -1 : largest(line);
  if (line === undefined || top === -1) {
    const text = 'This run has no pair of layers to compose, so there is no diagonal to stand out.';
    return { ...stop, title: 'A diagonal would rise', story: { text }, step: undefined };
  }
  const [value, step] = [line.values[top]!, line.steps[top]!];
  if (value < leastRise) {
    const text = `The diagonal of W_QKOV never stands out: it is at most ${formatValue(value)} standard deviations from the other entries, at step ${formatStep(step)}. ${layers.reader} does not look for what ${layers.writer} writes.`;
    return { ...stop, title: 'No diagonal rises', story: { text }, step };
  }
  const at = line.values.findIndex((one) => one >= value / 2);
  const text = `By step ${formatStep(line.steps[at]!)} the diagonal of W_QKOV stands ${formatValue(line.values[at]!)} standard deviations above the other entries; the most is ${formatValue(value)}, at step ${formatStep(step)}. ${layers.reader} has begun to look for the very token that ${lower(layers.writer)} wrote.`;
  return { ...stop, title: 'A diagonal rises', story: { text }, step: line.steps[at]! };
}

function meeting(source: RunSource, view: View): Stop {
  const { line, layers, baseline } = mainLine('qk_ov_match', source, view);
  const stop = { subject: panelOf('qk_ov_match'), runs: [source.setting] };
  const top = line === undefined ? -1 : largest(line);
  if (line === undefined || top === -1) {
    const text = 'With one layer there is nothing that reads what another one writes.';
    return { ...stop, title: 'Two subspaces would meet', story: { text }, step: undefined };
  }
  const [value, step] = [line.values[top]!, line.steps[top]!];
  const chance =
    baseline === undefined
      ? ''
      : `Two random subspaces of this rank would score ${formatValue(baseline.value)}. `;
  const isMet = baseline === undefined || value > baseline.high;
  const verdict = isMet
    ? 'the two layers speak through the same few directions.'
    : 'that is within what chance gives, and the two layers do not meet.';
  return {
    ...stop,
    title: isMet ? 'The subspaces meet' : 'The subspaces do not meet',
    story: {
      text: `${chance}At step ${formatStep(step)} what ${lower(layers.reader)} reads and what ${lower(layers.writer)} writes score ${formatValue(value)}: ${verdict}`,
    },
    step,
  };
}

function falling(source: RunSource, half: number | undefined): Stop {
  const ood = atCheckpoints(source, 'err_ood');
  const last = ood.steps.length - 1;
  const end = `${formatValue(ood.values[last] ?? Number.NaN)} at step ${formatStep(ood.steps[last] ?? 0)}`;
  const stop = { subject: panelOf('errors'), runs: [source.setting], step: half ?? ood.steps[last] };
  return half === undefined
    ? {
        ...stop,
        title: 'OOD error stays high',
        story: { text: `In this run OOD error never falls below one half for good: it is ${end}.` },
      }
    : {
        ...stop,
        title: 'And OOD error falls',
        story: {
          text: `At step ${formatStep(Math.round(half))} the error on sequences unlike any in training crosses one half; it is ${end}. The rule “find what followed last time, and copy it” needs both layers, and here they work together.`,
        },
      };
}

function memorised(source: RunSource, learner: RunSource, view: View): Stop {
  const id = atCheckpoints(source, 'err_test');
  const ood = atCheckpoints(source, 'err_ood');
  const step = ood.steps.at(-1);
  const pool = source.config?.pool_size ?? null;
  const drawn = pool === null ? 'This run' : `With only ${formatStep(pool)} patterns to draw from, this run`;
  const [idEnd, oodEnd] = [id.values.at(-1) ?? Number.NaN, ood.values.at(-1) ?? Number.NaN];
  const verdict =
    oodEnd - idEnd >= leastGap
      ? 'it has learned the answers, not the rule'
      : 'it has learned neither the answers nor the rule';
  const { line, baseline } = mainLine('qk_ov_match', source, view);
  const match = line?.values[line.steps.indexOf(step ?? -1)];
  const layers =
    match === undefined || baseline === undefined
      ? ''
      : match > baseline.high
        ? ` Its layers match more than chance does (${formatValue(match)}, chance ${formatValue(baseline.value)}), but that is not enough for the rule.`
        : ` Its layers stay apart (match ${formatValue(match)}, chance ${formatValue(baseline.value)}).`;
  return {
    title: 'What a small pool does instead',
    subject: panelOf('errors'),
    runs: [learner.setting, source.setting],
    step,
    story: {
      text: `${drawn} ends with an error of ${formatValue(idEnd)} on familiar sequences, and ${formatValue(oodEnd)} on unfamiliar ones: ${verdict}.${layers}`,
    },
  };
}

function noMemoriser(learner: RunSource): Stop {
  const text =
    'When training draws its patterns from a small pool, it is enough to know them by heart: OOD error stays high.';
  const how = __REPORT__
    ? 'Train such a run with --pool_size 100 and open both side by side.'
    : 'Try it below: train pool 30 next to infinite and watch both.';
  return {
    title: 'What a small pool does instead',
    subject: panelOf('errors'),
    runs: [learner.setting],
    step: undefined,
    story: { text: `${text} ${how}` },
  };
}

/** A smaller difference of the two errors is no memorising. */
const leastGap = 0.05;

/** Standard deviations from which on a diagonal stands out. */
const leastRise = 1;

function panelOf(id: PanelId): string {
  return `#timeline [data-panel="${id}"]`;
}

type Line = { readonly steps: readonly number[]; readonly values: readonly number[] };

/** The errors of a run at its checkpoints, the steps that a reader can select. */
function atCheckpoints({ setting, curves, steps }: RunSource, measure: 'err_test' | 'err_ood'): Line {
  const other = measure === 'err_test' ? 'err_ood' : 'err_test';
  const find = (name: string): Curve | undefined => curves.value.find({ setting, measure: name });
  const [line, second] = [find(measure), find(other)];
  const kept = steps.value.flatMap(({ step }) => {
    const at = line?.steps.indexOf(step) ?? -1;
    return at === -1 || second?.steps.includes(step) === false ? [] : [{ step, value: line!.values[at]! }];
  });
  return { steps: kept.map(({ step }) => step), values: kept.map(({ value }) => value) };
}

/** The line that a panel draws strong, with the layers that it is of. */
function mainLine(id: PanelId, source: RunSource, view: View) {
  const { lines, pair, baselines } = panelData(id, [source], [source], view);
  const strong = lines.find(({ faint }) => !faint);
  const [, writer, reader] = /^(\d+)\.\d+>(\d+)\.\d+$/.exec(pair ?? '') ?? [];
  const line: Line | undefined = strong && {
    steps: Array.from(strong.steps),
    values: Array.from(strong.values),
  };
  return {
    line,
    baseline: baselines[0],
    layers: {
      writer: writer === undefined ? 'The earlier layer' : `Layer ${writer}`,
      reader: reader === undefined ? 'The later layer' : `Layer ${reader}`,
    },
  };
}

/** In the middle of a sentence. */
function lower(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1);
}

/** The place of the largest value; -1 where there is none. */
function largest({ values }: Line): number {
  let top = -1;
  for (const [at, value] of values.entries()) if (value > (values[top] ?? Number.NEGATIVE_INFINITY)) top = at;
  return top;
}
