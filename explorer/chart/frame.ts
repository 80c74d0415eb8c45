import { scaleLinear, scaleSymlog } from 'd3-scale';
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
const top = 20;
const below = 24;

/** Room for names of values; the same in all charts, as far as it goes, so that their axes of steps stand in line. */
const leftLeast = 44;

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
  const steps = stepDomain(data, zoom);
  const [low, high] = valueDomain(data, steps);
  const bottom = size.height - below;
  const ticks = valueTicks(low, high, Math.max(3, Math.min(6, Math.round((bottom - top) / 40))));
  const widest = Math.max(...ticks.map(({ label }) => label.length));
  const left = Math.max(leftLeast, widest * 7.2 + 10);
  const right = Math.max(left + 40, size.width - labelWidth);
  const first = Math.max(1, data.span?.first ?? 1);
  const places = [left + 4, right - 4] as const;
  // Linear up to the first checkpoint and logarithmic from there on: log(1 + step / first).
  const x = axis === 'log' ? scaleSymlog(steps, places).constant(first) : scaleLinear(steps, places);
  const y = scaleLinear([low, high], [bottom - 2, top]);
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
    stepTicks:
      axis === 'log'
        ? ticksWithZero(steps, first, x, size.width)
        : stepTicks(steps[0], steps[1], x, axisSize, size.width),
    valueTicks: ticks,
  };
}

/** Ticks of an axis that is logarithmic from `first` on, with one at 0. */
function ticksWithZero(
  [from, to]: readonly [number, number],
  first: number,
  x: (step: number) => number,
  width: number,
): Tick[] {
  if (to <= 3 * first) return stepTicks(from, to, x, axisSize, width);
  const ticks = logStepTicks(Math.max(from, first), to, x, axisSize, width);
  return from > 0 ? ticks : [{ value: 0, label: '0' }, ...ticks];
}

function stepDomain({ lines, span }: ChartData, zoom: ChartWindow['zoom']): [number, number] {
  if (zoom !== null) return [zoom[0], Math.max(zoom[1], zoom[0] + 1)];
  const last = lines.reduce(
    (most, { steps }) => Math.max(most, steps[steps.length - 1] ?? 0),
    span?.last ?? 0,
  );
  return [0, Math.max(1, last)];
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
