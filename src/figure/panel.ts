import { scaleLinear, scaleLog } from 'd3-scale';
import { decimate, type Points } from './decimate.js';
import type { InkName } from './ink.js';
import { drawLegend, type LegendEntry, legendSize, placeLegend } from './legend.js';
import type { Box, Mark } from './marks.js';
import { shortenedText, textWidth } from './text-width.js';
import { logStepTicks, stepTicks, type Tick, valueTicks } from './ticks.js';

/** One curve of a panel over steps > 0; NaN is a gap. */
export interface PanelLine {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** What it was measured on, such as a pair of heads. */
  readonly of?: string | null;
  readonly ink: InkName;
  /** In pixels at 200 dots an inch. */
  readonly width: number;
  /** Mark every value by a dot, where there is room. */
  readonly dots?: boolean;
  /** Draw it below the baseline. */
  readonly behind?: boolean;
}

/** What would be seen by chance: a dashed line and the band that holds 90 % of it. */
export interface PanelBaseline {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a panel shows. */
export interface Panel {
  readonly title: string;
  /** Below the axis of steps. */
  readonly caption: string;
  readonly log?: boolean;
  readonly lines: readonly PanelLine[];
  readonly baseline?: PanelBaseline | undefined;
  readonly legend: readonly LegendEntry[];
  /** Values that the axis holds at least. */
  readonly range?: readonly [number, number];
  /** Said in place of lines, one string a row. */
  readonly note?: readonly string[];
}

/** Size of every panel in pixels: five of them make the notebook's figure, 30 inches at 200 dpi, cropped. */
export const panelWidth = 953;
export const panelHeight = 1073;

// Sizes of type as in the notebook's figure: 16 and 12 points at 200 dots an inch.
const titleSize = 44;
const tickSize = 33;
const captionSize = 30;
const noteSize = 36;
const top = 72;
const bottom = 962;
const right = 924;
/** The leftmost place of the plot; names of values that need more room push it right. */
const leftLeast = 132;
/** Room between the frame and the first and last step. */
const inset = 20;
const markLength = 10;

/** How baselines are dashed, in panels and legends. */
export const dashes = [15, 9] as const;

/** The marks of one panel, in a box of `panelWidth` by `panelHeight` at the origin. */
export function drawPanel(panel: Panel): Mark[] {
  const title = fittedTitle(panel.title);
  if (panel.note !== undefined) return [title, drawFrame(leftLeast), ...drawNote(panel.note)];

  const steps = stepDomain(panel);
  let values = valueDomain(panel);
  let layout = layOut(panel, steps, values);
  let legend = findLegend(panel, layout);
  if (legend === undefined && panel.legend.length > 0) {
    values = withHeadroom(values, legendSize(panel.legend).height);
    layout = layOut(panel, steps, values);
    legend = findLegend(panel, layout);
  }
  return [
    drawGrid(layout),
    ...drawBand(panel.baseline, layout),
    ...layout.lines.filter(({ line }) => line.behind === true).flatMap(drawLine),
    ...drawBaseline(panel.baseline, layout),
    ...layout.lines.filter(({ line }) => line.behind !== true).flatMap(drawLine),
    drawFrame(layout.plot.x),
    ...drawTicks(layout),
    title,
    drawCaption(panel.caption, layout.plot),
    ...(legend === undefined ? [] : drawLegend(panel.legend, legend)),
  ];
}

interface DrawnLine {
  readonly line: PanelLine;
  readonly points: Points;
  /** Every value, before thinning; for dots. */
  readonly all: Points;
  readonly dot: number;
}

interface Layout {
  readonly plot: Box;
  readonly placeStep: (step: number) => number;
  readonly placeValue: (value: number) => number;
  readonly stepTicks: readonly Tick[];
  readonly valueTicks: readonly Tick[];
  readonly lines: readonly DrawnLine[];
  /** What a legend must not cover besides the lines. */
  readonly boxes: readonly Box[];
}

function layOut(panel: Panel, [firstStep, lastStep]: Domain, [low, high]: Domain): Layout {
  const ticksOfValues = valueTicks(low, high, 7);
  const widest = Math.max(...ticksOfValues.map(({ label }) => textWidth(label, tickSize)));
  const left = Math.max(leftLeast, Math.ceil(widest) + markLength + 22);
  const plot = { x: left, y: top, width: right - left, height: bottom - top };
  const range = [left + inset, right - inset];
  const placeStep =
    panel.log === true ? scaleLog([firstStep, lastStep], range) : scaleLinear([firstStep, lastStep], range);
  const placeValue = scaleLinear([low, high], [bottom, top]);
  const ticks = panel.log === true ? logStepTicks : stepTicks;
  const lines = panel.lines.map((line) => drawnLine(line, placeStep, placeValue));
  return {
    plot,
    placeStep,
    placeValue,
    stepTicks: ticks(firstStep, lastStep, placeStep, tickSize, panelWidth - 4),
    valueTicks: ticksOfValues,
    lines,
    boxes: panel.baseline === undefined ? [] : [bandBox(panel.baseline, plot, placeValue)],
  };
}

function drawnLine(
  line: PanelLine,
  placeStep: (step: number) => number,
  placeValue: (value: number) => number,
): DrawnLine {
  const x = Float64Array.from(line.steps, placeStep);
  const y = Float64Array.from(line.values, (value) =>
    Number.isFinite(value) ? placeValue(value) : Number.NaN,
  );
  const all = { x, y };
  const spacing = x.length > 1 ? (x.at(-1)! - x[0]!) / (x.length - 1) : Number.POSITIVE_INFINITY;
  // Denser dots would only make the line thicker.
  const dot = line.dots === true && spacing >= 3 ? Math.min(16, Math.max(7, 1.9 * spacing)) : 0;
  return { line, all, dot, points: decimate(all, line.width / 3) };
}

type Domain = readonly [number, number];

function stepDomain({ lines, log }: Panel): Domain {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { steps, values } of lines) {
    for (let at = 0; at < steps.length; at++) {
      if (!Number.isFinite(values[at])) continue;
      first = Math.min(first, steps[at]!);
      last = Math.max(last, steps[at]!);
    }
  }
  if (log === true) return first === last ? [first / 2, first * 2] : [first, last];
  if (first === last) return [first - 1, last + 1];
  // From 0 on, unless that would waste a good part of the axis.
  return [first <= 0.2 * last ? 0 : first, last];
}

/** Share of the axis that stays free above and below the values. */
const air = 0.05;

function valueDomain({ lines, baseline, range }: Panel): Domain {
  let low = Math.min(range?.[0] ?? Number.POSITIVE_INFINITY, baseline?.low ?? Number.POSITIVE_INFINITY);
  let high = Math.max(range?.[1] ?? Number.NEGATIVE_INFINITY, baseline?.high ?? Number.NEGATIVE_INFINITY);
  for (const { values } of lines) {
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  // A flat line stays flat: rounding errors must not be blown up to fill the panel, nor names of values grow long.
  const size = Math.max(1, Math.abs(low), Math.abs(high));
  if (high - low < 1e-4 * size) {
    low -= 0.05 * size;
    high += 0.05 * size;
  }
  const free = air * (high - low);
  return [low - free, high + free];
}

/** Raises the upper end of the values by `pixels`. */
function withHeadroom([low, high]: Domain, pixels: number): Domain {
  const height = bottom - top;
  return [low, low + ((high - low) * height) / (height - pixels)];
}

function findLegend(panel: Panel, layout: Layout): Box | undefined {
  if (panel.legend.length === 0) return undefined;
  const lines = layout.lines.map(({ points, line, dot }) => ({ points, width: Math.max(line.width, dot) }));
  return placeLegend(panel.legend, layout.plot, lines, layout.boxes);
}

function bandBox({ low, high }: PanelBaseline, plot: Box, placeValue: (value: number) => number): Box {
  const y = Math.round(placeValue(high));
  return { x: plot.x, y, width: plot.width, height: Math.round(placeValue(low)) - y };
}

function text(
  content: string,
  x: number,
  y: number,
  size: number,
  anchor: 'middle' | 'end' = 'middle',
  bold = false,
): Mark {
  return { kind: 'text', content, x, y, size, bold, anchor };
}

function fittedTitle(title: string): Mark {
  const width = textWidth(title, titleSize, true);
  const size = Math.min(titleSize, (titleSize * (panelWidth - 24)) / width);
  const half = (width * size) / titleSize / 2;
  // Over the middle of the plot, but inside the panel.
  const x = Math.max(8 + half, Math.min((leftLeast + right) / 2, panelWidth - 8 - half));
  return text(title, x, top - 22, size, 'middle', true);
}

// Rules lie on whole pixels, where a line of even width is sharp.

function drawGrid({ plot, placeStep, placeValue, stepTicks, valueTicks }: Layout): Mark {
  const upright = stepTicks
    .filter(({ label }) => label !== '')
    .map(({ value }) => Math.round(placeStep(value)))
    .map((x) => [x, top, x, bottom] as const);
  const level = valueTicks
    .map(({ value }) => Math.round(placeValue(value)))
    .map((y) => [plot.x, y, right, y] as const);
  return { kind: 'rules', lines: [...upright, ...level], ink: 'grid', width: 2 };
}

function drawBand(baseline: PanelBaseline | undefined, { plot, placeValue }: Layout): Mark[] {
  return baseline === undefined
    ? []
    : [{ kind: 'box', box: bandBox(baseline, plot, placeValue), ink: 'band' }];
}

function drawBaseline(baseline: PanelBaseline | undefined, { plot, placeValue }: Layout): Mark[] {
  if (baseline === undefined) return [];
  const y = Math.round(placeValue(baseline.value));
  return [{ kind: 'rules', lines: [[plot.x, y, right, y]], ink: 'baseline', width: 4, dashes }];
}

function drawLine({ line: { ink, width }, points, all, dot }: DrawnLine): Mark[] {
  const curve: Mark = { kind: 'curve', points, ink, width };
  return dot === 0 ? [curve] : [curve, { kind: 'dots', points: all, ink, diameter: dot }];
}

function drawFrame(left: number): Mark {
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  return { kind: 'box', box, ink: 'text', edge: 2 };
}

function drawTicks({ plot, placeStep, placeValue, stepTicks, valueTicks }: Layout): Mark[] {
  const lines: (readonly [number, number, number, number])[] = [];
  const names: Mark[] = [];
  for (const { value, label } of stepTicks) {
    const x = Math.round(placeStep(value));
    lines.push([x, bottom, x, bottom + (label === '' ? markLength - 4 : markLength)]);
    if (label !== '') names.push(text(label, x, bottom + 44, tickSize));
  }
  for (const { value, label } of valueTicks) {
    const y = Math.round(placeValue(value));
    lines.push([plot.x - markLength, y, plot.x, y]);
    names.push(text(label, plot.x - markLength - 8, y + 12, tickSize, 'end'));
  }
  return [{ kind: 'rules', lines, ink: 'text', width: 2 }, ...names];
}

function drawCaption(caption: string, plot: Box): Mark {
  const shown = shortenedText(caption, captionSize, panelWidth - 40);
  const half = textWidth(shown, captionSize) / 2;
  const x = Math.max(12 + half, Math.min(plot.x + plot.width / 2, panelWidth - 12 - half));
  return text(shown, x, panelHeight - 22, captionSize);
}

function drawNote(rows: readonly string[]): Mark[] {
  const x = (leftLeast + right) / 2;
  const first = (top + bottom) / 2 - ((rows.length - 1) / 2) * 1.4 * noteSize;
  return rows.map((row, at) =>
    text(
      shortenedText(row, noteSize, right - leftLeast - 40),
      x,
      Math.round(first + at * 1.4 * noteSize),
      noteSize,
    ),
  );
}
