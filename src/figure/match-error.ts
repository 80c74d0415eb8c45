import { scaleLinear } from 'd3-scale';
import { baselineDraws, baselineQuantile } from '../measures/random-baseline.js';
import { matchAndError } from '../stats/statistics.js';
import type { StudiedRun } from '../stats/study.js';
import { dashedLine, drawChart, placeTicks, plotFor, pointsOf } from './chart.js';
import type { InkName } from './ink.js';
import type { LegendEntry } from './legend.js';
import type { Mark } from './marks.js';
import { dashes } from './panel.js';
import { valueTicks } from './ticks.js';

/** Dots nearer than this would only hide each other. */
const cell = 3;

/**
 * QK–OV match against OOD copy error, one dot a checkpoint, with what unrelated subspaces score.
 * @returns undefined where no run has both
 */
export function matchErrorFigure(
  runs: readonly StudiedRun[],
): { marks: Mark[]; caption: string } | undefined {
  const known = runs
    .map((run) => ({ run, pairs: matchAndError(run) }))
    .filter(({ pairs }) => pairs.length > 0);
  if (known.length === 0) return undefined;
  const { data } = known[0]!.run;
  const draws = baselineDraws(data.config.d_model, data.rank)[data.method];
  const band = { low: baselineQuantile(draws, 0.05), high: baselineQuantile(draws, 0.95) };
  const scores = known.flatMap(({ pairs }) => pairs.map(({ match }) => match));
  const low = Math.max(0, Math.min(band.low, ...extremes(scores)) - 0.04);
  const high = Math.min(1.02, Math.max(band.high, ...extremes(scores)) + 0.06);
  const yTicks = valueTicks(low, high, 6);
  const plot = plotFor(yTicks.map(({ label }) => label));
  const placeX = scaleLinear([1.03, -0.03], [plot.x, plot.x + plot.width]);
  const placeY = scaleLinear([low, high], [plot.y + plot.height, plot.y]);
  const marks: Mark[] = [
    {
      kind: 'box',
      box: {
        x: plot.x,
        y: Math.round(placeY(band.high)),
        width: plot.width,
        height: Math.round(placeY(band.low)) - Math.round(placeY(band.high)),
      },
      ink: 'band',
    },
  ];
  const middle = Math.round(placeY(baselineQuantile(draws, 0.5)));
  marks.push(dashedLine([plot.x, middle], [plot.x + plot.width, middle]));
  const legend: LegendEntry[] = [];
  const last: Mark[] = [];
  for (const { generalises, label, ink, light } of kinds) {
    const own = known.filter(({ run }) => (run.transition.generalises === true) === generalises);
    if (own.length === 0) continue;
    const place = ({ error, match }: { error: number; match: number }): [number, number] => [
      placeX(Math.min(1.02, Math.max(-0.02, error))),
      placeY(match),
    ];
    const dots = thinned(own.flatMap(({ pairs }) => pairs.map(place)));
    marks.push({ kind: 'dots', points: pointsOf(dots), ink: light, diameter: 11 });
    last.push({
      kind: 'dots',
      points: pointsOf(thinned(own.map(({ pairs }) => place(pairs.at(-1)!)))),
      ink,
      diameter: 20,
    });
    legend.push({ label: `${label} (${own.length})`, ink, width: 0, dot: 20 });
  }
  legend.push({ label: 'random, 5–95 %', ink: 'baseline', width: 4, dashes, band: 'band' });
  const chart = {
    title: 'Subspace match and generalisation',
    heights: `QK–OV match, rank ${data.rank}, ${data.method}`,
    across: 'OOD copy error, falling to the right',
    xTicks: placeTicks(valueTicks(0, 1, 5), placeX),
    yTicks: placeTicks(yTicks, placeY),
    marks: [...marks, ...last],
    legend,
  };
  const caption = `QK–OV match against OOD copy error over ${scores.length} checkpoints of ${known.length} runs: a pale dot for each checkpoint, a full one for the last of each run. Grey: what unrelated subspaces of rank ${data.rank} in ${data.config.d_model} dimensions score, 5 % to 95 %.`;
  return { marks: drawChart(chart, plot), caption };
}

const kinds: readonly { generalises: boolean; label: string; ink: InkName; light: InkName }[] = [
  { generalises: false, label: 'runs that do not generalise', ink: 'second', light: 'secondLight' },
  { generalises: true, label: 'runs that generalise', ink: 'first', light: 'others' },
];

function extremes(values: readonly number[]): [number, number] {
  return [
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  ];
}

/** At most one dot a cell. */
function thinned(dots: readonly [number, number][]): [number, number][] {
  const cells = new Map<string, [number, number]>();
  for (const dot of dots) cells.set(`${Math.round(dot[0] / cell)} ${Math.round(dot[1] / cell)}`, dot);
  return [...cells.values()];
}
