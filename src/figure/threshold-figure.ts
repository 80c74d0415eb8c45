import { scaleLinear } from 'd3-scale';
import { proportion } from '../stats/intervals.js';
import { type PoolThreshold, poolGroups, poolThreshold } from '../stats/pool-threshold.js';
import type { StudiedRun } from '../stats/study.js';
import { dashedLine, drawChart, placeTicks, plotFor, pointsOf } from './chart.js';
import type { Box, Mark } from './marks.js';
import { type PoolAxis, poolAxis } from './pool-axis.js';
import { valueTicks } from './ticks.js';

const confidence = 0.95;
/** Places at which the curve and its band are computed. */
const resolution = 100;

/**
 * Probability of generalising against pool size: the share of runs with its exact interval, the fitted logistic curve with
 * its band, and the threshold with its interval.
 * @returns undefined where there is no threshold: fewer than two finite pools, or all runs end alike
 */
export function thresholdFigure(runs: readonly StudiedRun[]): { marks: Mark[]; caption: string } | undefined {
  const groups = poolGroups(runs);
  const threshold = poolThreshold(groups, confidence);
  if (threshold === undefined) return undefined;
  const yTicks = valueTicks(0, 1, 5);
  const plot = plotFor(yTicks.map(({ label }) => label));
  const axis = poolAxis(
    groups.map(({ poolSize }) => poolSize),
    plot,
  );
  const placeY = scaleLinear([-0.04, 1.06], [plot.y + plot.height, plot.y]);
  const shares: [number, number][] = [];
  const bars: [number, number, number, number][] = [];
  for (const { poolSize, runs: own, generalising } of groups) {
    const { value, low, high } = proportion(generalising, own.length, confidence);
    const x = Math.round(axis.place(poolSize));
    shares.push([x, placeY(value)]);
    bars.push([x, placeY(high), x, placeY(low)]);
  }
  const chart = {
    title: 'Probability of generalising out of distribution',
    heights: 'share of runs whose OOD copy error ends below one half',
    across: 'patterns in the pool',
    xTicks: axis.ticks,
    yTicks: placeTicks(yTicks, placeY),
    marks: [
      ...axis.marks,
      ...drawCurve(threshold, axis, placeY),
      ...drawThreshold(threshold, axis, plot, placeY),
      { kind: 'rules', lines: bars, ink: 'second', width: 4 },
      { kind: 'dots', points: pointsOf(shares), ink: 'second', diameter: 22 },
    ] as Mark[],
    legend: [
      { label: 'logistic fit, 95 % band', ink: 'first', width: 6, band: 'firstBand' },
      { label: 'runs, exact 95 %', ink: 'second', width: 4, dot: 22 },
    ] as const,
  };
  return { marks: drawChart(chart, plot), caption: describe(threshold) };
}

function drawCurve(
  threshold: PoolThreshold,
  { place, from, to }: PoolAxis,
  placeY: (y: number) => number,
): Mark[] {
  const sizes = Array.from({ length: resolution + 1 }, (_, at) => from * (to / from) ** (at / resolution));
  const x = Float64Array.from(sizes, place);
  const intervals = sizes.map((size) => threshold.probabilityInterval(size));
  return [
    {
      kind: 'area',
      x,
      top: Float64Array.from(intervals, ({ high }) => placeY(high)),
      bottom: Float64Array.from(intervals, ({ low }) => placeY(low)),
      ink: 'firstBand',
    },
    {
      kind: 'curve',
      points: { x, y: Float64Array.from(sizes, (size) => placeY(threshold.probability(size))) },
      ink: 'first',
      width: 6,
    },
  ];
}

/** The threshold as an upright dashed line, its interval as a bar at one half, up to the ends of the axis. */
function drawThreshold(
  { poolSize, interval }: PoolThreshold,
  { place, from, to }: PoolAxis,
  plot: Box,
  placeY: (y: number) => number,
): Mark[] {
  const within = (size: number) => Math.round(place(Math.min(to, Math.max(from, size))));
  const y = Math.round(placeY(0.5));
  const marks: Mark[] = [
    { kind: 'rules', lines: [[within(interval.low), y, within(interval.high), y]], ink: 'text', width: 6 },
  ];
  if (poolSize < from || poolSize > to) return marks;
  const x = within(poolSize);
  return [dashedLine([x, plot.y], [x, plot.y + plot.height]), ...marks];
}

function describe({ poolSize, interval, runs }: PoolThreshold): string {
  const end = (value: number) => (Number.isFinite(value) && value > 0 ? patterns(value) : 'no bound');
  return `Half of the runs generalise at a pool of ${patterns(poolSize)} patterns (95 % interval ${end(interval.low)} to ${end(interval.high)}; ${runs} runs with finite pools). Logistic regression on log pool size with Firth’s penalty, profile-likelihood intervals; shares with exact (Clopper–Pearson) intervals.`;
}

function patterns(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
