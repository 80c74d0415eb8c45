import { scaleLinear, scaleLog } from 'd3-scale';
import { logStepTicks, stepTicks, type Tick, valueTicks } from '../../src/figure/ticks.js';
import type { ChartData, ChartWindow } from './chart-data.js';

/** Where everything of a chart lies, in CSS pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** First and last step of the axis. */
  readonly steps: readonly [number, number];
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
  readonly stepAt: (x: number) => number;
  readonly stepTicks: readonly Tick[];
  readonly valueTicks: readonly Tick[];
}

/** Smallest type that a chart uses. */
export const axisSize = 12;

/** Room for the step below the pointer, above the plot. */
const top = 22;
const below = 26;

/**
 * Lays a chart out.
 * @param labelWidth room right of the plot for labels at line ends
 */
export function layOut(
  data: ChartData,
  { axis, zoom }: ChartWindow,
  size: { readonly width: number; readonly height: number },
  labelWidth: number,
): Frame {
  const steps = stepDomain(data, axis, zoom);
  const [low, high] = valueDomain(data, steps);
  const bottom = size.height - below;
  const ticks = valueTicks(low, high, Math.max(3, Math.min(6, Math.round((bottom - top) / 40))));
  const widest = Math.max(...ticks.map(({ label }) => label.length));
  const left = Math.max(30, widest * 7.2 + 10);
  const right = Math.max(left + 40, size.width - labelWidth);
  const x = (axis === 'log' ? scaleLog : scaleLinear)(steps, [left + 4, right - 4]);
  const y = scaleLinear([low, high], [bottom - 2, top]);
  const stepMarks = axis === 'log' ? logStepTicks : stepTicks;
  return {
    ...size,
    left,
    right,
    top,
    bottom,
    steps,
    x,
    y,
    stepAt: (px) => x.invert(px),
    stepTicks: stepMarks(steps[0], steps[1], x, axisSize, size.width),
    valueTicks: ticks,
  };
}

function stepDomain(
  { lines, until = 0 }: ChartData,
  axis: 'log' | 'linear',
  zoom: ChartWindow['zoom'],
): [number, number] {
  if (zoom !== null) return [axis === 'log' ? Math.max(1, zoom[0]) : zoom[0], Math.max(zoom[1], 2)];
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const { steps } of lines) {
    let first = 0;
    while (axis === 'log' && first < steps.length && steps[first]! < 1) first++;
    if (first < steps.length) from = Math.min(from, steps[first]!);
    to = Math.max(to, steps[steps.length - 1] ?? 0);
  }
  to = Math.max(to, until);
  if (axis === 'linear') from = 0;
  if (!Number.isFinite(from)) from = 1;
  return [from, to > from ? to : from + 1];
}

function valueDomain(
  { lines, baselines, range }: ChartData,
  [from, to]: readonly [number, number],
): [number, number] {
  let low = range?.[0] ?? Number.POSITIVE_INFINITY;
  let high = range?.[1] ?? Number.NEGATIVE_INFINITY;
  for (const { steps, values } of lines) {
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      if (steps[at]! < from || steps[at]! > to || Number.isNaN(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  for (const baseline of baselines) {
    low = Math.min(low, baseline.low);
    high = Math.max(high, baseline.high);
  }
  if (low > high) return [0, 1];
  if (low === high) return [low - 0.5, high + 0.5];
  // Values that fill the axis need room above and below; those with ends of their own, such as shares, have it.
  const room = (high - low) * 0.06;
  return [
    range !== undefined && low >= range[0] ? range[0] : low - room,
    range !== undefined && high <= range[1] ? range[1] : high + room,
  ];
}
