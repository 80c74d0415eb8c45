import type { Ink } from '../save/svg-ink.js';
import { pointAt } from '../state/nearest-point.js';
import type { ChartData, ChartLine } from './chart-data.js';
import { formatStep, formatValue } from './format.js';
import { axisSize, type Frame } from './frame.js';
import type { Palette } from './palette.js';

/** What moves over a chart. */
export interface Pointer {
  /** Step below the pointer, of this chart or another. */
  readonly hover: number | null;
  /** Height of the pointer, where it is on this chart. */
  readonly height: number | null;
  readonly selected: number | null;
  /** Pixels between which a reader is drawing the part to zoom into. */
  readonly drag: readonly [number, number] | null;
}

const labelHeight = 14;

/**
 * Draws crosshair, selected step, values at the line ends and the stretch being dragged, on a canvas above the chart: a
 * moving pointer redraws nothing else.
 */
export function paintPointer(
  ink: Ink,
  data: ChartData,
  frame: Frame,
  palette: Palette,
  { hover, height, selected, drag }: Pointer,
): void {
  ink.clearRect(0, 0, frame.width, frame.height);
  const { left, right, top, bottom } = frame;
  if (drag !== null) {
    ink.fillStyle = palette.colour('band');
    ink.fillRect(Math.min(...drag), top, Math.abs(drag[1] - drag[0]), bottom - top);
  }
  if (selected !== null) {
    const x = frame.x(selected);
    if (x >= left && x <= right) {
      ink.fillStyle = palette.colour('accent');
      ink.fillRect(Math.round(x) - 0.75, top - 4, 1.5, bottom - top + 4);
      ink.beginPath();
      ink.arc(Math.round(x), top - 5, 3.5, 0, 2 * Math.PI);
      ink.fill();
    }
  }
  if (hover !== null && hover !== selected) {
    const x = frame.x(hover);
    if (x >= left && x <= right) {
      ink.fillStyle = palette.colour('crosshair');
      ink.fillRect(Math.round(x) - 0.5, top - 4, 1, bottom - top + 4);
    }
  }
  const step = hover ?? selected;
  if (step === null || data.lines.length === 0) return;
  const x = frame.x(step);
  const isInside = x >= left && x <= right;
  const own = stepOfValues(data, step);
  // The values may be of a step nearby: then the chart says of which.
  if (isInside && (hover !== null || own !== step)) paintStep(ink, own, frame.x(own), frame, palette);
  paintLabels(ink, data, frame, palette, step, own, isInside);
  if (hover !== null && height !== null && isInside) paintPointed(ink, data, frame, palette, hover, height);
}

/** How near the pointer must be to a line to mean it, in pixels. */
const reach = 14;

/** The line that the pointer is on: the nearest one at this step; undefined where none is near. */
export function pointedLine(
  { lines }: Pick<ChartData, 'lines'>,
  frame: Pick<Frame, 'y'>,
  step: number,
  height: number,
): { readonly line: ChartLine; readonly at: number } | undefined {
  let best: { line: ChartLine; at: number } | undefined;
  let nearest = reach;
  for (const line of lines) {
    const at = pointAt(line.steps, step);
    const away = at === -1 ? Number.NaN : Math.abs(frame.y(line.values[at]!) - height);
    if (away < nearest) {
      nearest = away;
      best = { line, at };
    }
  }
  return best;
}

/** Draws the line that the pointer is on strong, with its name and value beside it. */
function paintPointed(
  ink: Ink,
  data: ChartData,
  frame: Frame,
  palette: Palette,
  step: number,
  height: number,
): void {
  const pointed = pointedLine(data, frame, step, height);
  if (pointed === undefined) return;
  const { line, at } = pointed;
  const name = line.name ?? line.label;
  if (line.faint) {
    ink.strokeStyle = palette.colour(line.colour);
    ink.lineWidth = 2;
    ink.beginPath();
    for (let n = 0; n < line.steps.length; n++) {
      const x = frame.x(line.steps[n]!);
      const y = frame.y(line.values[n]!);
      if (x < frame.left || x > frame.right || Number.isNaN(y)) continue;
      ink.lineTo(x, y);
    }
    ink.stroke();
  }
  const value = line.values[at]!;
  const text = `${name} ${formatValue(value)}`.trim();
  ink.font = `600 ${axisSize}px ${palette.font}`;
  const width = ink.measureText(text).width;
  const x = frame.x(line.steps[at]!);
  const y = Math.max(frame.top + 8, Math.min(frame.bottom - 10, frame.y(value) - 14));
  const from = x + 10 + width > frame.right ? Math.max(2, x - 10 - width) : x + 10;
  ink.globalAlpha = 0.88;
  ink.fillStyle = palette.colour('paper');
  ink.fillRect(from - 4, y - 8, width + 8, 16);
  ink.globalAlpha = 1;
  ink.fillStyle = palette.colour('text');
  ink.textAlign = 'left';
  ink.textBaseline = 'middle';
  ink.fillText(text, from, y);
}

/** The step that values of a chart are of: the nearest one that a line has a point at. */
export function stepOfValues({ lines }: Pick<ChartData, 'lines'>, step: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const { faint, steps } of lines) {
    const at = faint ? -1 : pointAt(steps, step);
    if (at !== -1 && Math.abs(steps[at]! - step) < Math.abs(nearest - step)) nearest = steps[at]!;
  }
  return Number.isFinite(nearest) ? nearest : step;
}

function paintStep(ink: Ink, step: number, x: number, frame: Frame, palette: Palette): void {
  const text = formatStep(Math.round(step));
  ink.font = `600 ${axisSize}px ${palette.font}`;
  const width = ink.measureText(text).width;
  const from = Math.max(0, Math.min(frame.width - width, x + 6));
  ink.fillStyle = palette.colour('text');
  ink.textAlign = 'left';
  ink.textBaseline = 'top';
  ink.fillText(text, from, 2);
}

/** The point that a line's label tells: of one that ends before the step, such as that of a slower model, the last. */
function labelledPoint(steps: ArrayLike<number>, step: number): number {
  return steps.length > 0 && step > steps[steps.length - 1]! ? steps.length - 1 : pointAt(steps, step);
}

export interface Label {
  readonly text: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly value: number;
  /** Where its value lies. */
  readonly place: number;
  y: number;
}

function paintLabels(
  ink: Ink,
  { lines }: ChartData,
  frame: Frame,
  palette: Palette,
  step: number,
  /** The step that the chart names; values of another one name their own. */
  named: number,
  withDots: boolean,
): void {
  const labels: Label[] = [];
  for (const { faint, steps, values, label, colour, dashed = false } of lines) {
    if (faint) continue;
    const at = labelledPoint(steps, step);
    const value = at === -1 ? Number.NaN : values[at]!;
    if (Number.isNaN(value)) continue;
    const y = frame.y(value);
    const own = steps[at] === named ? '' : ` at ${formatStep(steps[at]!)}`;
    labels.push({ text: `${label} ${formatValue(value)}${own}`.trim(), colour, dashed, value, place: y, y });
    const x = frame.x(steps[at]!);
    if (!withDots || !(x >= frame.left - 2 && x <= frame.right + 2)) continue;
    ink.fillStyle = palette.colour('paper');
    ink.beginPath();
    ink.arc(x, y, 5, 0, 2 * Math.PI);
    ink.fill();
    ink.fillStyle = palette.colour(colour);
    ink.beginPath();
    ink.arc(x, y, 3.5, 0, 2 * Math.PI);
    ink.fill();
  }
  const shown = fitLabels(labels, frame.top - 4, frame.bottom - 6);
  ink.font = `${axisSize}px ${palette.font}`;
  ink.textAlign = 'left';
  ink.textBaseline = 'middle';
  for (const { text, colour, dashed, place, y } of shown) {
    ink.strokeStyle = palette.colour(colour);
    ink.lineWidth = 2.5;
    ink.setLineDash(dashed ? [2, 2] : []);
    ink.beginPath();
    // From the height of the value to that of its label.
    ink.moveTo(frame.right + 3, place);
    ink.lineTo(frame.right + 7, y);
    ink.lineTo(frame.right + 12, y);
    ink.stroke();
    ink.setLineDash([]);
    ink.fillStyle = palette.colour('text');
    ink.fillText(text, frame.right + 16, y);
  }
}

/** How far a label may stand from its value: less than to where the next label would be. */
const farthest = 11;

/**
 * The labels that have room near their values, moved apart as little as can be. The others are left out: one at another
 * height would name a value that is not there. Solid lines come before dashed ones.
 */
export function fitLabels(labels: readonly Label[], top: number, bottom: number): Label[] {
  const inOrder = [...labels.filter(({ dashed }) => !dashed), ...labels.filter(({ dashed }) => dashed)];
  let fitting: Label[] = [];
  for (const label of inOrder) {
    const tried = [...fitting, label].map((one) => ({ ...one, y: one.place }));
    spread(tried, top, bottom);
    if (tried.every(({ y, place }) => Math.abs(y - place) <= farthest)) fitting = tried;
  }
  return fitting;
}

/** Moves labels apart until none covers another: neighbours that touch stand around the middle of their values. */
function spread(labels: Label[], top: number, bottom: number): void {
  labels.sort((a, b) => a.place - b.place || b.value - a.value);
  const blocks: { first: number; count: number; y: number }[] = [];
  labels.forEach(({ place }, first) => {
    blocks.push({ first, count: 1, y: place });
    for (let last = blocks.length - 1; last > 0; last--) {
      const [above, below] = [blocks[last - 1]!, blocks[last]!];
      if (above.y + above.count * labelHeight <= below.y) break;
      const count = above.count + below.count;
      const y = (above.y * above.count + (below.y - above.count * labelHeight) * below.count) / count;
      blocks.splice(last - 1, 2, { first: above.first, count, y });
    }
  });
  let least = top;
  for (const { first, count, y } of blocks) {
    for (let at = 0; at < count; at++) {
      const label = labels[first + at]!;
      label.y = Math.max(y + at * labelHeight, least);
      least = label.y + labelHeight;
    }
  }
  let most = bottom;
  for (const label of labels.toReversed()) {
    label.y = Math.min(label.y, most);
    most = label.y - labelHeight;
  }
}

/** Room that labels at line ends need. */
export function labelWidth({ lines, span }: ChartData): number {
  const strong = lines.filter(({ faint }) => !faint);
  const longest = Math.max(span?.letters ?? 0, ...strong.map(({ label }) => label.length));
  return 24 + 6.6 * (longest === 0 ? 5 : longest + 6);
}
