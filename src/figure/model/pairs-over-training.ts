import { scaleLinear, scaleLog } from 'd3-scale';
import { chartHeight, chartWidth, drawChart, placeTicks, plotFor } from '../chart.js';
import type { Figure } from '../dynamics.js';
import { textAt } from '../figure-text.js';
import type { LegendEntry } from '../legend.js';
import type { Box, Mark } from '../marks.js';
import { textWidth } from '../text-width.js';
import { logStepTicks, stepTicks, valueTicks } from '../ticks.js';

/** One measure of the strongest pairs of a series of checkpoints. */
export interface PairsOverTraining {
  /** Name of the model or run. */
  readonly setting: string;
  /** Plain name of the measure. */
  readonly measure: string;
  /** What it was measured with, such as rank and relative position. */
  readonly details: string;
  /** In increasing order. */
  readonly steps: Float64Array;
  /** Strongest first: what the pair is called, and its value at every step, NaN where it has none. */
  readonly pairs: readonly { readonly name: string; readonly values: Float64Array }[];
  /** How many causal pairs, or heads, the model has. */
  readonly total: number;
  /** What the lines are of; pairs unless given. */
  readonly of?: 'pairs' | 'heads';
  /** What chance gives at every step: the median, and the ends of the band that holds `share` of it. */
  readonly chance?:
    | {
        readonly median: Float64Array;
        readonly low: Float64Array;
        readonly high: Float64Array;
        readonly share: number;
        readonly of: string;
      }
    | undefined;
}

const size = 28;

/**
 * The strongest pairs over training, each named at its line's end, and the band of what chance gives at each step.
 * @returns undefined where there are fewer than two steps, or no values
 */
export function drawPairsOverTraining(training: PairsOverTraining): Figure | undefined {
  const { setting, measure, details, pairs, total, of = 'pairs', chance } = training;
  const log = areGeometric(training.steps);
  const kept = [...training.steps.keys()].filter((at) => !log || training.steps[at]! > 0);
  const pick = (values: Float64Array) => Float64Array.from(kept, (at) => values[at]!);
  const steps = pick(training.steps);
  const lines = pairs
    .map(({ name, values }) => ({ name, values: pick(values) }))
    .filter(({ values }) => values.some(Number.isFinite));
  if (steps.length < 2 || lines.length === 0) return undefined;
  const band = chance && { low: pick(chance.low), high: pick(chance.high), median: pick(chance.median) };
  const [low, high] = boundsOf([
    ...lines.map(({ values }) => values),
    ...(band ? [band.low, band.high] : []),
  ]);
  const room = 0.04 * (high - low) || 0.5;
  const yTicks = valueTicks(low, high, 6);
  const plot = narrowed(plotFor(yTicks.map(({ label }) => label)), lines);
  const scale = log ? scaleLog() : scaleLinear();
  const placeX = scale.domain([steps[0]!, steps.at(-1)!]).range([plot.x + 20, plot.x + plot.width - 20]);
  const placeY = scaleLinear([low - room, high + room], [plot.y + plot.height, plot.y]);
  const x = Float64Array.from(steps, (step) => placeX(step));
  const heights = (values: Float64Array) => Float64Array.from(values, (value) => placeY(value));
  const marks: Mark[] = [];
  if (band !== undefined) {
    marks.push(
      { kind: 'area', x, top: heights(band.high), bottom: heights(band.low), ink: 'band' },
      { kind: 'curve', points: { x, y: heights(band.median) }, ink: 'baseline', width: 3 },
    );
  }
  for (const [rank, { values }] of [...lines.entries()].reverse()) {
    const style = rank === 0 ? ({ ink: 'first', width: 6 } as const) : ({ ink: 'others', width: 4 } as const);
    marks.push({ kind: 'curve', points: { x, y: heights(values) }, ...style });
  }
  const legend: LegendEntry[] =
    band === undefined
      ? []
      : [
          {
            label: `${chance!.of}: median and ${Math.round(100 * chance!.share)} %`,
            ...{ ink: 'baseline', width: 3, band: 'band' },
          },
        ];
  const ticks = log ? logStepTicks : stepTicks;
  const chart = {
    title: `When do the strongest ${of} form?`,
    heights: `${measure}, ${details}: ${lines.length} of ${total} ${of}`,
    across: `training steps · ${setting}`,
    xTicks: placeTicks(ticks(steps[0]!, steps.at(-1)!, placeX, 32, plot.x + plot.width + 20), placeX),
    yTicks: placeTicks(yTicks, placeY),
    ...{ marks, legend },
  };
  return {
    title: `${setting}: ${measure} of the strongest ${of} over training, ${details}`,
    ...{ width: chartWidth, height: chartHeight },
    panels: [
      {
        ...{ x: 0, width: chartWidth },
        marks: [...drawChart(chart, plot), ...drawNames(lines, placeY, plot)],
      },
    ],
  };
}

/** Steps that double rather than add up: the middle one comes early. */
function areGeometric(steps: Float64Array): boolean {
  const middle = steps[Math.floor(steps.length / 2)] ?? 0;
  return steps.length > 4 && middle < 0.15 * steps.at(-1)!;
}

function boundsOf(series: readonly Float64Array[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of series) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

/** Leaves room for names on the right. */
function narrowed(plot: Box, lines: readonly { readonly name: string }[]): Box {
  const widest = lines.reduce((most, { name }) => Math.max(most, textWidth(name, size, true)), 0);
  return { ...plot, width: plot.width - Math.ceil(widest) - 50 };
}

/** Names at line ends, in the order of the ends, moved apart where they would touch, with a line to where they belong. */
function drawNames(
  lines: readonly { readonly name: string; readonly values: Float64Array }[],
  placeY: (value: number) => number,
  plot: Box,
): Mark[] {
  const right = plot.x + plot.width;
  const ends = lines
    .map(({ name, values }, rank) => ({ name, rank, y: placeY(values.findLast(Number.isFinite)!) }))
    .sort((a, b) => a.y - b.y);
  const places = spread(
    ends.map(({ y }) => y),
    size + 6,
    plot.y + 10,
    plot.y + plot.height - 10,
  );
  return ends.flatMap(({ name, rank, y }, at): Mark[] => {
    const place = places[at]!;
    const points = {
      x: Float64Array.of(right - 18, right + 12, right + 34),
      y: Float64Array.of(y, place, place),
    };
    return [
      { kind: 'curve', points, ink: rank === 0 ? 'first' : 'others', width: 2 },
      textAt(name, right + 40, place + 10, { size, bold: rank === 0 }),
    ];
  });
}

/** Increasing places at least `gap` apart and as near to those wanted as their order and the ends allow. */
function spread(wanted: readonly number[], gap: number, first: number, last: number): number[] {
  const places = [...wanted];
  for (let at = 0; at < places.length; at++) {
    places[at] = Math.max(places[at]!, at === 0 ? first : places[at - 1]! + gap);
  }
  for (let at = places.length - 1; at >= 0; at--) {
    places[at] = Math.min(places[at]!, at === places.length - 1 ? last : places[at + 1]! - gap);
  }
  return places;
}
