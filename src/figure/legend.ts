import type { Points } from './decimate.js';
import type { InkName } from './ink.js';
import type { Box, Mark } from './marks.js';
import { textWidth } from './text-width.js';

/** A line of the legend: a sample of how something is drawn, and its name. */
export interface LegendEntry {
  readonly label: string;
  readonly ink: InkName;
  readonly width: number;
  readonly dashes?: readonly [number, number];
  /** Diameter of a dot on the line. */
  readonly dot?: number;
  /** A band behind the line. */
  readonly band?: InkName;
}

const size = 30;
const lineHeight = 44;
const padding = 14;
const sample = 72;
const between = 16;
/** Free room around a legend. */
const margin = 12;

/** Width and height of a legend with its margin. */
export function legendSize(entries: readonly LegendEntry[]): { width: number; height: number } {
  const widest = Math.max(...entries.map(({ label }) => textWidth(label, size)));
  return {
    width: widest + sample + between + 2 * padding + 2 * margin,
    height: entries.length * lineHeight + 2 * padding + 2 * margin,
  };
}

/**
 * A place inside the plot where a legend covers none of the lines and boxes; undefined where there is none. Corners come
 * first, then a grid of places, those near the right edge before others.
 */
export function placeLegend(
  entries: readonly LegendEntry[],
  plot: Box,
  lines: readonly { points: Points; width: number }[],
  boxes: readonly Box[],
): Box | undefined {
  const { width, height } = legendSize(entries);
  const spareX = plot.width - width;
  const spareY = plot.height - height;
  if (spareX < 0 || spareY < 0) return undefined;
  const shares: [number, number][] = [
    [1, 0],
    [0, 1],
    [1, 1],
    [0, 0],
  ];
  const grid = 8;
  for (let column = grid; column >= 0; column--) {
    for (let row = 0; row <= grid; row++) shares.push([column / grid, row / grid]);
  }
  return shares
    .map(([x, y]) => ({ x: plot.x + x * spareX, y: plot.y + y * spareY, width, height }))
    .find(
      (box) =>
        !boxes.some((other) => overlap(box, other)) &&
        !lines.some((line) => crosses(line.points, box, line.width / 2)),
    );
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether a polyline enters a box that is larger by `reach` on every side. */
export function crosses({ x, y }: Points, box: Box, reach: number): boolean {
  const left = box.x - reach;
  const right = box.x + box.width + reach;
  const top = box.y - reach;
  const bottom = box.y + box.height + reach;
  for (let at = 0; at < x.length; at++) {
    if (Number.isNaN(y[at])) continue;
    const from = at > 0 && !Number.isNaN(y[at - 1]) ? at - 1 : at;
    const x0 = x[from]!;
    const dx = x[at]! - x0;
    if (x0 > right || x0 + dx < left) continue;
    // The part of the segment between the sides, then whether all of it is above or below.
    const enter = dx === 0 ? 0 : Math.max(0, (left - x0) / dx);
    const leave = dx === 0 ? 1 : Math.min(1, (right - x0) / dx);
    const dy = y[at]! - y[from]!;
    const a = y[from]! + enter * dy;
    const b = y[from]! + leave * dy;
    if (Math.max(a, b) >= top && Math.min(a, b) <= bottom) return true;
  }
  return false;
}

/** Draws a legend into the box that `placeLegend` found. */
export function drawLegend(entries: readonly LegendEntry[], place: Box): Mark[] {
  const box = {
    x: Math.round(place.x + margin),
    y: Math.round(place.y + margin),
    width: Math.round(place.width - 2 * margin),
    height: place.height - 2 * margin,
  };
  const marks: Mark[] = [
    { kind: 'box', box, ink: 'paper' },
    { kind: 'box', box, ink: 'legendEdge', edge: 2 },
  ];
  entries.forEach(({ label, ink, width, dashes, dot, band }, at) => {
    const middle = box.y + padding + (at + 0.5) * lineHeight;
    const left = box.x + padding;
    if (band !== undefined) {
      marks.push({ kind: 'box', box: { x: left, y: middle - 15, width: sample, height: 30 }, ink: band });
    }
    marks.push({
      kind: 'rules',
      lines: [[left, middle, left + sample, middle]],
      ink,
      width,
      ...(dashes === undefined ? {} : { dashes }),
    });
    if (dot !== undefined) {
      const points = { x: Float64Array.of(left + sample / 2), y: Float64Array.of(middle) };
      marks.push({ kind: 'dots', points, ink, diameter: dot });
    }
    const y = Math.round(middle + 0.36 * size);
    marks.push({
      kind: 'text',
      content: label,
      x: left + sample + between,
      y,
      size,
      bold: false,
      anchor: 'start',
    });
  });
  return marks;
}
