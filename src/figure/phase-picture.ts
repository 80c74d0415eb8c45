import { scaleLinear } from 'd3-scale';
import { medianEstimate } from '../stats/intervals.js';
import { type PoolGroup, poolGroups } from '../stats/pool-threshold.js';
import type { StudiedRun } from '../stats/study.js';
import { drawChart, placeTicks, plotFor, pointsOf } from './chart.js';
import type { InkName } from './ink.js';
import type { Mark } from './marks.js';
import { poolAxis } from './pool-axis.js';
import { valueTicks } from './ticks.js';

/** ID and OOD stand beside each other, so that neither hides the other. */
const beside = 9;
/** Room between the runs of one pool size. */
const spread = 7;

const kinds = [
  { error: 'id', label: 'ID error', ink: 'first', light: 'others', shift: -beside },
  { error: 'ood', label: 'OOD error', ink: 'second', light: 'secondLight', shift: beside },
] as const satisfies readonly { error: string; label: string; ink: InkName; light: InkName; shift: number }[];

/**
 * The phase picture: copy errors at the end of training against pool size. Single runs are pale dots; medians over seeds,
 * with their exact interval, are joined over the finite pools.
 * @returns undefined with fewer than two pool sizes, or no finite one
 */
export function phasePicture(runs: readonly StudiedRun[]): { marks: Mark[]; caption: string } | undefined {
  const groups = poolGroups(runs);
  if (groups.length < 2 || groups.every(({ poolSize }) => poolSize === null)) return undefined;
  const yTicks = valueTicks(0, 1, 5);
  const plot = plotFor(yTicks.map(({ label }) => label));
  const axis = poolAxis(
    groups.map(({ poolSize }) => poolSize),
    plot,
  );
  const placeY = scaleLinear([-0.04, 1.06], [plot.y + plot.height, plot.y]);
  const drawn = kinds.map((kind) => drawKind(groups, kind, axis.place, placeY));
  // All single runs lie below all medians.
  const marks = [...drawn.map(({ single }) => single), ...drawn.flatMap(({ medians }) => medians)];
  const sure = Math.min(
    ...groups.map(
      ({ runs: own }) =>
        medianEstimate(
          own.map(() => 0),
          0.95,
        ).confidence,
    ),
  );
  const chart = {
    title: 'Error at the end of training',
    heights: 'copy error after the last step',
    across: 'patterns in the pool',
    xTicks: axis.ticks,
    yTicks: placeTicks(yTicks, placeY),
    marks: [...axis.marks, ...marks],
    legend: kinds.map(({ label, ink }) => ({ label, ink, width: 5, dot: 20 })),
  };
  const confidence = sure > 0 ? `, which cover the median with ${Math.floor(100 * sure)} % at least` : '';
  const caption = `Copy error of ${runs.length} runs after their last step, in distribution (ID) and out of it (OOD). Pale dots: single runs. Dots: medians over seeds; bars: exact intervals from order statistics${confidence}.`;
  return { marks: drawChart(chart, plot), caption };
}

function drawKind(
  groups: readonly PoolGroup[],
  { error, ink, light, shift }: (typeof kinds)[number],
  placeX: (poolSize: number | null) => number,
  placeY: (value: number) => number,
): { single: Mark; medians: Mark[] } {
  const single: [number, number][] = [];
  const line: [number, number][] = [];
  const dots: [number, number][] = [];
  const bars: [number, number, number, number][] = [];
  for (const { poolSize, runs } of groups) {
    const values = runs.flatMap(({ transition }) => transition[error]?.final ?? []);
    if (values.length === 0) continue;
    const { value, low, high } = medianEstimate(values, 0.95);
    const x = placeX(poolSize) + shift;
    values.forEach((own, at) => {
      const aside = Math.min(spread, (2.2 * spread) / values.length) * (at - (values.length - 1) / 2);
      single.push([x + aside, placeY(own)]);
    });
    const place: [number, number] = [x, placeY(value)];
    dots.push(place);
    if (poolSize !== null) line.push(place);
    const upright = Math.round(x);
    if (low < high) bars.push([upright, placeY(high), upright, placeY(low)]);
  }
  return {
    single: { kind: 'dots', points: pointsOf(single), ink: light, diameter: 13 },
    medians: [
      { kind: 'curve', points: pointsOf(line), ink, width: 5 },
      { kind: 'rules', lines: bars, ink, width: 4 },
      { kind: 'dots', points: pointsOf(dots), ink, diameter: 20 },
    ],
  };
}
