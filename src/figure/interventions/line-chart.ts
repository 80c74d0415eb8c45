import { scaleLinear } from 'd3-scale';
import { drawChart, legendHeight, placeTicks, plotFor } from '../chart.js';
import type { InkName } from '../ink.js';
import type { LegendEntry } from '../legend.js';
import type { Mark } from '../marks.js';
import { stepTicks, type Tick, valueTicks } from '../ticks.js';

/** A line of a chart, and what its control's draws lie in. */
export interface ChartLine {
  readonly label: string;
  readonly points: readonly ChartPoint[];
  readonly ink: InkName;
  readonly width: number;
  readonly dashes?: readonly [number, number];
  /** Diameter of dots on the line. */
  readonly dot?: number;
  /** Fill of the band; only where points have one. */
  readonly band?: InkName;
}

export interface ChartPoint {
  readonly x: number;
  /** NaN for a gap. */
  readonly y: number;
  readonly band?: { readonly low: number; readonly high: number };
}

/** Lines over one axis. */
export interface LineChart {
  readonly title: string;
  readonly heights: string;
  readonly across: string;
  readonly lines: readonly ChartLine[];
  /** Whether x counts steps, so that its ticks are named as in the other figures. */
  readonly steps: boolean;
  /** Bounds of the heights; those of the values unless given. */
  readonly between?: readonly [number, number];
}

/** The marks of a chart of lines with bands behind them; where the legend has no room among them, it gets room above. */
export function drawLineChart(chart: LineChart): Mark[] {
  const marks = drawWithRoom(chart, false);
  const hasLegend = marks.some((mark) => mark.kind === 'box' && mark.ink === 'legendEdge');
  return hasLegend || chart.lines.length < 2 ? marks : drawWithRoom(chart, true);
}

function drawWithRoom(
  { title, heights, across, lines, steps, between }: LineChart,
  roomForLegend: boolean,
): Mark[] {
  const points = lines.flatMap((line) => line.points).filter(({ y }) => Number.isFinite(y));
  const xs = points.map(({ x }) => x);
  const [left, right] = [least(xs), most(xs)];
  const values = points.flatMap(({ y, band }) => (band === undefined ? [y] : [y, band.low, band.high]));
  const [low, high] = between ?? [least(values), most(values)];
  const room = 0.04 * (high - low || 1);
  const yTicks = valueTicks(low, high, 6);
  const plot = plotFor(yTicks.map(({ label }) => label));
  const margin = 24;
  const placeX = scaleLinear([left, right], [plot.x + margin, plot.x + plot.width - margin]);
  const xTicks: Tick[] = steps
    ? stepTicks(left, right, placeX, 32, plot.x + plot.width + 20)
    : valueTicks(left, right, 8).filter(({ value }) => Number.isInteger(value));
  // A single line is what the title says.
  const named = lines.length > 1 ? lines : [];
  const legend = named.map(
    ({ label, ink, width, dashes, dot, band }): LegendEntry => ({
      ...{ label, ink, width },
      ...(dashes && { dashes }),
      ...(dot !== undefined && { dot }),
      ...(band && { band }),
    }),
  );
  const top = plot.y + (roomForLegend ? legendHeight(legend) : 0);
  const placeY = scaleLinear([low - room, high + room], [plot.y + plot.height, top]);
  const chart = {
    ...{ title, heights, across, legend },
    xTicks: placeTicks(xTicks, placeX),
    yTicks: placeTicks(yTicks, placeY),
    marks: [
      ...lines.flatMap((line) => bandOf(line, placeX, placeY)),
      ...lines.flatMap((line) => lineOf(line, placeX, placeY)),
    ],
  };
  return drawChart(chart, plot);
}

type PlaceValue = (value: number) => number;

function bandOf({ points, band: ink }: ChartLine, placeX: PlaceValue, placeY: PlaceValue): Mark[] {
  const banded = points.flatMap(({ x, band }) => (band === undefined ? [] : [{ x, ...band }]));
  if (ink === undefined || banded.length < 2) return [];
  return [
    {
      kind: 'area',
      x: Float64Array.from(banded, ({ x }) => placeX(x)),
      top: Float64Array.from(banded, ({ high }) => placeY(high)),
      bottom: Float64Array.from(banded, ({ low }) => placeY(low)),
      ink,
    },
  ];
}

function lineOf(
  { points, ink, width, dashes, dot }: ChartLine,
  placeX: PlaceValue,
  placeY: PlaceValue,
): Mark[] {
  const placed = {
    x: Float64Array.from(points, ({ x }) => placeX(x)),
    y: Float64Array.from(points, ({ y }) => placeY(y)),
  };
  const marks: Mark[] = [];
  const [first] = points;
  // Only level lines can be dashed.
  if (dashes !== undefined && first !== undefined) {
    const y = Math.round(placeY(first.y));
    const [from, to] = [placed.x[0]!, placed.x.at(-1)!].map(Math.round);
    marks.push({ kind: 'rules', lines: [[from!, y, to!, y]], ink, width, dashes });
  } else marks.push({ kind: 'curve', points: placed, ink, width });
  if (dot !== undefined) marks.push({ kind: 'dots', points: placed, ink, diameter: dot });
  return marks;
}

function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
}
