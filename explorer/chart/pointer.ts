import { type ChartData, pointAt } from './chart-data.js';
import { formatStep, formatValue } from './format.js';
import { axisSize, type Frame } from './frame.js';
import type { Palette } from './palette.js';

/** What moves over a chart. */
export interface Pointer {
  /** Step below the pointer, of this chart or another. */
  readonly hover: number | null;
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
  ink: CanvasRenderingContext2D,
  data: ChartData,
  frame: Frame,
  palette: Palette,
  { hover, selected, drag }: Pointer,
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

function paintStep(
  ink: CanvasRenderingContext2D,
  step: number,
  x: number,
  frame: Frame,
  palette: Palette,
): void {
  const text = formatStep(Math.round(step));
  ink.font = `600 ${axisSize}px ${palette.font}`;
  const width = ink.measureText(text).width;
  const from = Math.max(0, Math.min(frame.width - width, x + 6));
  ink.fillStyle = palette.colour('text');
  ink.textAlign = 'left';
  ink.textBaseline = 'top';
  ink.fillText(text, from, 2);
}

interface Label {
  readonly text: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly value: number;
  y: number;
}

function paintLabels(
  ink: CanvasRenderingContext2D,
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
    const at = pointAt(steps, step);
    const value = at === -1 ? Number.NaN : values[at]!;
    if (Number.isNaN(value)) continue;
    const y = frame.y(value);
    const own = steps[at] === named ? '' : ` at ${formatStep(steps[at]!)}`;
    labels.push({ text: `${label} ${formatValue(value)}${own}`.trim(), colour, dashed, value, y });
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
  // Where they are too many for the height, those of dashed lines give way.
  const most = Math.floor((frame.bottom - frame.top) / labelHeight);
  const shown = labels.length > most ? labels.filter(({ dashed }) => !dashed).slice(0, most) : labels;
  spread(shown, frame.top + 4, frame.bottom - 6);
  ink.font = `${axisSize}px ${palette.font}`;
  ink.textAlign = 'left';
  ink.textBaseline = 'middle';
  for (const { text, colour, dashed, y } of shown) {
    ink.strokeStyle = palette.colour(colour);
    ink.lineWidth = 2.5;
    ink.setLineDash(dashed ? [2, 2] : []);
    ink.beginPath();
    ink.moveTo(frame.right + 5, y);
    ink.lineTo(frame.right + 12, y);
    ink.stroke();
    ink.setLineDash([]);
    ink.fillStyle = palette.colour('text');
    ink.fillText(text, frame.right + 16, y);
  }
}

/** Moves labels apart until none covers another, as little as can be. */
function spread(labels: Label[], top: number, bottom: number): void {
  labels.sort((a, b) => a.y - b.y || b.value - a.value);
  let least = top;
  for (const label of labels) {
    label.y = Math.max(label.y, least);
    least = label.y + labelHeight;
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
