import { decimate, type Points } from '../../src/figure/decimate.js';
import type { Ink } from '../save/svg-ink.js';
import type { ChartData, ChartLine } from './chart-data.js';
import { axisSize, type Frame } from './frame.js';
import type { Palette } from './palette.js';

/** Draws a chart without what moves with the pointer. */
export function paintChart(ink: Ink, data: ChartData, frame: Frame, palette: Palette): void {
  const { left, right, top, bottom } = frame;
  ink.clearRect(0, 0, frame.width, frame.height);
  paintAxes(ink, frame, palette);
  ink.save();
  ink.beginPath();
  ink.rect(left, top - 4, right - left, bottom - top + 5);
  ink.clip();
  ink.lineJoin = 'round';
  ink.lineCap = 'round';
  for (const { low, high } of data.baselines) {
    ink.fillStyle = palette.colour('band');
    ink.fillRect(left, frame.y(high), right - left, frame.y(low) - frame.y(high));
  }
  for (const line of data.lines) if (line.faint) paintLine(ink, line, frame, palette);
  for (const { value } of data.baselines) {
    ink.strokeStyle = palette.colour('baseline');
    ink.lineWidth = 1.25;
    ink.setLineDash([5, 4]);
    ink.beginPath();
    ink.moveTo(left, frame.y(value));
    ink.lineTo(right, frame.y(value));
    ink.stroke();
    ink.setLineDash([]);
  }
  for (const line of data.lines) if (!line.faint) paintLine(ink, line, frame, palette);
  ink.restore();
  for (const mark of data.marks) {
    const x = frame.x(mark.step);
    if (!(x >= left && x <= right)) continue;
    if (mark.kind === 'half') paintHalf(ink, x, frame, palette.colour(mark.colour));
    else paintCross(ink, x, bottom, palette.colour('bad'));
  }
}

function paintAxes(ink: Ink, frame: Frame, palette: Palette): void {
  const { left, right, top, bottom } = frame;
  ink.font = `${axisSize}px ${palette.font}`;
  ink.fillStyle = palette.colour('muted');
  ink.strokeStyle = palette.colour('grid');
  ink.lineWidth = 1;
  ink.textBaseline = 'middle';
  ink.textAlign = 'right';
  ink.beginPath();
  for (const { value, label } of frame.valueTicks) {
    const y = Math.round(frame.y(value)) + 0.5;
    if (y < top - 2 || y > bottom + 1) continue;
    ink.moveTo(left, y);
    ink.lineTo(right, y);
    ink.fillText(label.replace('-', '−'), left - 7, y);
  }
  ink.stroke();
  ink.strokeStyle = palette.colour('baseline');
  ink.textBaseline = 'top';
  ink.textAlign = 'center';
  ink.beginPath();
  ink.moveTo(left, bottom + 0.5);
  ink.lineTo(right, bottom + 0.5);
  for (const { value, label } of frame.stepTicks) {
    const x = Math.round(frame.x(value)) + 0.5;
    if (x < left || x > right) continue;
    ink.moveTo(x, bottom);
    ink.lineTo(x, bottom + (label === '' ? 3 : 5));
    if (label !== '') ink.fillText(label, x, bottom + 9);
  }
  ink.stroke();
}

function paintLine(ink: Ink, line: ChartLine, frame: Frame, palette: Palette): void {
  const all = placed(line, frame);
  const points = decimate(all, 0.5);
  ink.strokeStyle = palette.colour(line.colour);
  ink.fillStyle = ink.strokeStyle;
  ink.globalAlpha = line.faint ? 0.28 : 1;
  ink.lineWidth = line.width;
  ink.setLineDash(line.dashed ? [4, 4] : []);
  ink.beginPath();
  let isDown = false;
  for (let at = 0; at < points.x.length; at++) {
    const y = points.y[at]!;
    if (Number.isNaN(y)) isDown = false;
    else if (isDown) ink.lineTo(points.x[at]!, y);
    else {
      ink.moveTo(points.x[at]!, y);
      // A value between gaps is a dot: a stroke of no length with round ends.
      ink.lineTo(points.x[at]!, y);
      isDown = true;
    }
  }
  ink.stroke();
  ink.setLineDash([]);
  if (line.dots && isRoomForDots(all)) {
    for (let at = 0; at < all.x.length; at++) {
      if (Number.isNaN(all.y[at])) continue;
      ink.beginPath();
      ink.arc(all.x[at]!, all.y[at]!, line.width * 1.35, 0, 2 * Math.PI);
      ink.fill();
    }
  }
  ink.globalAlpha = 1;
}

function isRoomForDots({ x }: Points): boolean {
  return x.length < 2 || (x.at(-1)! - x[0]!) / (x.length - 1) > 7;
}

/**
 * The line's points in pixels, from the last one before the window to the first one after it. What is drawn of them is
 * thinned to what can be seen: twenty thousand points become a few hundred.
 */
function placed({ steps, values }: ChartLine, frame: Frame): Points {
  const [from, to] = frame.steps;
  let first = 0;
  while (first + 1 < steps.length && steps[first + 1]! <= from) first++;
  let end = steps.length;
  while (end > first + 1 && steps[end - 2]! >= to) end--;
  const x = new Float64Array(end - first);
  const y = new Float64Array(end - first);
  for (let at = first; at < end; at++) {
    x[at - first] = frame.x(steps[at]!);
    y[at - first] = frame.y(values[at]!);
  }
  return { x, y };
}

/** Where OOD error crosses half: a short stroke across the half, and a small triangle on the axis. */
function paintHalf(ink: Ink, x: number, frame: Frame, colour: string): void {
  ink.fillStyle = colour;
  ink.strokeStyle = colour;
  ink.lineWidth = 1;
  ink.setLineDash([1, 3]);
  ink.beginPath();
  ink.moveTo(x, frame.top);
  ink.lineTo(x, frame.bottom - 8);
  ink.stroke();
  ink.setLineDash([]);
  ink.beginPath();
  ink.moveTo(x, frame.bottom - 8);
  ink.lineTo(x + 5, frame.bottom);
  ink.lineTo(x - 5, frame.bottom);
  ink.fill();
}

function paintCross(ink: Ink, x: number, y: number, colour: string): void {
  ink.strokeStyle = colour;
  ink.lineWidth = 2;
  ink.beginPath();
  ink.moveTo(x - 4, y - 4);
  ink.lineTo(x + 4, y + 4);
  ink.moveTo(x + 4, y - 4);
  ink.lineTo(x - 4, y + 4);
  ink.stroke();
}
