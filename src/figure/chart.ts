import type { Points } from './decimate.js';
import { drawLegend, type LegendEntry, legendSize, placeLegend } from './legend.js';
import type { Box, Mark } from './marks.js';
import { dashes } from './panel.js';
import { shortenedText, textWidth } from './text-width.js';
import type { Tick } from './ticks.js';

/** Size of a chart in pixels at 200 dots an inch. */
export const chartWidth = 1480;
export const chartHeight = 1060;

/** A chart of any two quantities: axes, what is drawn between them, and a legend where there is room. */
export interface Chart {
  readonly title: string;
  /** What the heights are, above the plot. */
  readonly heights: string;
  /** What the places from left to right are, below the axis. */
  readonly across: string;
  /** Ticks, placed in pixels. A tick without a label is a small mark. */
  readonly xTicks: readonly PlacedTick[];
  readonly yTicks: readonly PlacedTick[];
  /** In the order they are painted, above the grid and below the frame. */
  readonly marks: readonly Mark[];
  readonly legend: readonly LegendEntry[];
}

/** A tick and where it goes, in pixels from the figure's upper left corner. */
export interface PlacedTick {
  readonly at: number;
  readonly label: string;
}

const titleSize = 44;
const labelSize = 32;
const tickSize = 32;
const markLength = 10;

/** The plot of every chart; names of rows push its left side in. @param nameWidth of the widest name of a height */
export function plotBox(nameWidth: number): Box {
  const left = Math.max(120, Math.ceil(nameWidth) + markLength + 34);
  return { x: left, y: 142, width: chartWidth - 32 - left, height: chartHeight - 142 - 128 };
}

/** The plot of a chart whose heights have these names. */
export function plotFor(labels: readonly string[]): Box {
  return plotBox(Math.max(...labels.map((label) => textWidth(label, tickSize))));
}

/** Puts ticks in their places. */
export function placeTicks(ticks: readonly Tick[], place: (value: number) => number): PlacedTick[] {
  return ticks.map(({ value, label }) => ({ at: Math.round(place(value)), label }));
}

/** Keeps the names that have room, first come, first served; marks stay. */
export function withoutCollisions(ticks: readonly PlacedTick[]): PlacedTick[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.map(({ at, label }) => {
    const half = textWidth(label, tickSize) / 2;
    if (label === '' || at - half < end + 0.5 * tickSize) return { at, label: '' };
    end = at + half;
    return { at, label };
  });
}

/** The marks of a chart, in a box of `chartWidth` by `chartHeight` at the origin. */
export function drawChart(chart: Chart, plot: Box): Mark[] {
  const { xTicks, yTicks, marks, legend } = chart;
  const right = plot.x + plot.width;
  const bottom = plot.y + plot.height;
  const grid: Mark = {
    kind: 'rules',
    ink: 'grid',
    width: 2,
    lines: [
      ...xTicks.filter(({ label }) => label !== '').map(({ at }) => [at, plot.y, at, bottom] as const),
      ...yTicks.map(({ at }) => [plot.x, at, right, at] as const),
    ],
  };
  const ticks: Mark = {
    kind: 'rules',
    ink: 'text',
    width: 2,
    lines: [
      ...xTicks.map(
        ({ at, label }) => [at, bottom, at, bottom + (label === '' ? markLength - 4 : markLength)] as const,
      ),
      ...yTicks.map(({ at }) => [plot.x - markLength, at, plot.x, at] as const),
    ],
  };
  const titleWidth = textWidth(chart.title, titleSize, true);
  const size = Math.min(titleSize, (titleSize * (chartWidth - 40)) / titleWidth);
  const place = legend.length === 0 ? undefined : placeLegend(legend, plot, obstacles(marks), boxesOf(marks));
  return [
    grid,
    ...marks,
    { kind: 'box', box: plot, ink: 'text', edge: 2 },
    ticks,
    ...xTicks
      .filter(({ label }) => label !== '')
      .map(({ at, label }) => text(label, at, bottom + 46, tickSize, 'middle')),
    ...yTicks
      .filter(({ label }) => label !== '')
      .map(({ at, label }) => text(label, plot.x - markLength - 10, at + 11, tickSize, 'end')),
    text(chart.title, chartWidth / 2, 52, size, 'middle', true),
    text(shortenedText(chart.heights, labelSize, plot.width), plot.x, plot.y - 22, labelSize, 'start'),
    text(
      shortenedText(chart.across, labelSize, chartWidth - 60),
      plot.x + plot.width / 2,
      chartHeight - 24,
      labelSize,
      'middle',
    ),
    ...(place === undefined ? [] : drawLegend(legend, place)),
  ];
}

/** Room that a legend needs, for charts that leave it free above their values. */
export function legendHeight(legend: readonly LegendEntry[]): number {
  return legend.length === 0 ? 0 : legendSize(legend).height;
}

/** A dashed line from side to side, or from top to bottom. */
export function dashedLine(from: readonly [number, number], to: readonly [number, number]): Mark {
  return { kind: 'rules', lines: [[...from, ...to]], ink: 'baseline', width: 4, dashes };
}

/** Points from pairs. */
export function pointsOf(pairs: readonly (readonly [number, number])[]): Points {
  return { x: Float64Array.from(pairs, ([x]) => x), y: Float64Array.from(pairs, ([, y]) => y) };
}

function text(
  content: string,
  x: number,
  y: number,
  size: number,
  anchor: 'start' | 'middle' | 'end',
  bold = false,
): Mark {
  return { kind: 'text', content, x, y, size, bold, anchor };
}

function obstacles(marks: readonly Mark[]): { points: Points; width: number }[] {
  return marks.flatMap((mark) => {
    if (mark.kind === 'curve') return [{ points: mark.points, width: mark.width }];
    if (mark.kind === 'dots') return [{ points: apart(mark.points), width: mark.diameter }];
    if (mark.kind === 'area') {
      return [mark.top, mark.bottom].map((y) => ({ points: { x: mark.x, y }, width: 4 }));
    }
    if (mark.kind === 'rules' && mark.dashes === undefined) {
      return mark.lines.map(([x0, y0, x1, y1]) => ({
        points: pointsOf([
          [x0, y0],
          [x1, y1],
        ]),
        width: mark.width,
      }));
    }
    return [];
  });
}

function boxesOf(marks: readonly Mark[]): Box[] {
  return marks.flatMap((mark) => (mark.kind === 'box' ? [mark.box] : []));
}

/** The same points with gaps between them: dots are no line. */
function apart({ x, y }: Points): Points {
  const at = new Float64Array(2 * x.length).fill(Number.NaN);
  const height = new Float64Array(2 * x.length).fill(Number.NaN);
  x.forEach((value, place) => {
    at[2 * place] = value;
    height[2 * place] = y[place]!;
  });
  return { x: at, y: height };
}
