import { scaleLinear, scaleLog } from 'd3-scale';
import { line as pathOf } from 'd3-shape';
import { decimate, type Points } from './decimate.js';
import { ink } from './ink.js';
import { type Box, drawLegend, type LegendEntry, legendSize, placeLegend } from './legend.js';
import { coordinate, tenth, textElement } from './svg.js';
import { shortenedText, textWidth } from './text-width.js';
import { logStepTicks, stepTicks, type Tick, valueTicks } from './ticks.js';

/** One curve of a panel over steps > 0; NaN is a gap. */
export interface PanelLine {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly colour: string;
  /** In pixels at 200 dots an inch. */
  readonly width: number;
  /** Mark every value by a dot, where there is room. */
  readonly dots?: boolean;
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

const titleSize = 44.4;
const tickSize = 33.3;
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
export const dashes = '15 9';

/** The SVG elements of one panel, in a box of `panelWidth` by `panelHeight` at the origin. */
export function drawPanel(panel: Panel): string {
  const title = fittedTitle(panel.title);
  if (panel.note !== undefined) return title + drawFrame(leftLeast) + drawNote(panel.note);

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
    title,
    drawGrid(layout),
    drawBaseline(panel.baseline, layout),
    ...layout.lines.map(drawLine),
    drawFrame(layout.plot.x),
    drawTicks(layout),
    caption(panel.caption, layout.plot),
    legend === undefined ? '' : drawLegend(panel.legend, legend),
  ].join('');
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
  const least = 1e-4 * Math.max(1, Math.abs(low), Math.abs(high));
  if (high - low < least) {
    const middle = (low + high) / 2;
    low = middle - least / 2;
    high = middle + least / 2;
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
  const y = placeValue(high);
  return { x: plot.x, y, width: plot.width, height: placeValue(low) - y };
}

function fittedTitle(title: string): string {
  const width = textWidth(title, titleSize, true);
  const size = Math.min(titleSize, (titleSize * (panelWidth - 24)) / width);
  const half = (width * size) / titleSize / 2;
  // Over the middle of the plot, but inside the panel.
  const x = Math.min((leftLeast + right) / 2, panelWidth - 8 - half);
  return textElement(title, Math.max(x, 8 + half), top - 22, { size, bold: true, anchor: 'middle' });
}

function drawGrid({ plot, placeStep, placeValue, stepTicks, valueTicks }: Layout): string {
  const vertical = stepTicks
    .filter(({ label }) => label !== '')
    .map(({ value }) => `M${coordinate(placeStep(value))},${top}V${bottom}`);
  const horizontal = valueTicks.map(
    ({ value }) => `M${coordinate(plot.x)},${coordinate(placeValue(value))}H${right}`,
  );
  return `<path d="${[...vertical, ...horizontal].join('')}" fill="none" stroke="${ink.grid}" stroke-width="2"/>`;
}

function drawBaseline(baseline: PanelBaseline | undefined, { plot, placeValue }: Layout): string {
  if (baseline === undefined) return '';
  const { x, y, width, height } = bandBox(baseline, plot, placeValue);
  const band = `<rect x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(width)}" height="${coordinate(height)}" fill="${ink.band}"/>`;
  const line = `<path d="M${coordinate(x)},${coordinate(placeValue(baseline.value))}H${right}" fill="none" stroke="${ink.baseline}" stroke-width="4" stroke-dasharray="${dashes}"/>`;
  return band + line;
}

function drawLine({ line, points, all, dot }: DrawnLine): string {
  const path = pathOf<number>()
    .defined((at) => !Number.isNaN(points.y[at]!))
    .x((at) => tenth(points.x[at]!))
    .y((at) => tenth(points.y[at]!));
  const style = `fill="none" stroke="${line.colour}"`;
  const drawn = `<path d="${path(points.x.keys()) ?? ''}" ${style} stroke-width="${coordinate(line.width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
  if (dot === 0) return drawn;
  let dots = '';
  for (let at = 0; at < all.x.length; at++) {
    // A stroke of no length with round ends is a disc, and an eighth of the bytes of a circle element.
    if (!Number.isNaN(all.y[at])) dots += `M${coordinate(all.x[at]!)},${coordinate(all.y[at]!)}h0`;
  }
  return `${drawn}<path d="${dots}" ${style} stroke-width="${coordinate(dot)}" stroke-linecap="round"/>`;
}

function drawFrame(left: number): string {
  return `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${ink.frame}" stroke-width="2.2"/>`;
}

function drawTicks({ plot, placeStep, placeValue, stepTicks, valueTicks }: Layout): string {
  const marks: string[] = [];
  const names: string[] = [];
  for (const { value, label } of stepTicks) {
    const x = placeStep(value);
    marks.push(`M${coordinate(x)},${bottom}v${label === '' ? markLength * 0.6 : markLength}`);
    if (label !== '') names.push(textElement(label, x, bottom + 44, { size: tickSize, anchor: 'middle' }));
  }
  for (const { value, label } of valueTicks) {
    const y = placeValue(value);
    marks.push(`M${plot.x},${coordinate(y)}h${-markLength}`);
    names.push(textElement(label, plot.x - markLength - 8, y + 12, { size: tickSize, anchor: 'end' }));
  }
  return `<path d="${marks.join('')}" fill="none" stroke="${ink.frame}" stroke-width="2.2"/>${names.join('')}`;
}

function caption(text: string, plot: Box): string {
  const shown = shortenedText(text, captionSize, panelWidth - 40);
  const half = textWidth(shown, captionSize) / 2;
  const x = Math.min(plot.x + plot.width / 2, panelWidth - 12 - half);
  return textElement(shown, x, panelHeight - 22, { size: captionSize, anchor: 'middle', fill: ink.caption });
}

function drawNote(rows: readonly string[]): string {
  const x = (leftLeast + right) / 2;
  const first = (top + bottom) / 2 - ((rows.length - 1) / 2) * 1.4 * noteSize;
  return rows
    .map((row, at) =>
      textElement(shortenedText(row, noteSize, right - leftLeast - 40), x, first + at * 1.4 * noteSize, {
        size: noteSize,
        anchor: 'middle',
        fill: ink.caption,
      }),
    )
    .join('');
}
