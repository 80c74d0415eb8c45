import { scaleLog } from 'd3-scale';
import { extent } from 'simple-statistics';
import { type Estimate, medianEstimate } from '../stats/intervals.js';
import type { StudiedRun } from '../stats/study.js';
import { dashedLine, drawChart, type PlacedTick, plotFor, pointsOf, withoutCollisions } from './chart.js';
import type { Mark } from './marks.js';

/** What is compared with the drop of the OOD error, from top to bottom. */
const rows: readonly {
  readonly label: string;
  readonly lag: (run: StudiedRun) => number | null | undefined;
}[] = [
  { label: 'z-score', lag: ({ transition }) => transition.changes.z_score?.lag },
  { label: 'QK–OV match', lag: ({ transition }) => transition.changes.qk_ov_match?.lag },
  { label: 'token mismatch', lag: ({ transition }) => transition.changes.mismatch_ratio?.lag },
  {
    label: 'ID error',
    lag: ({ transition: { id, ood } }) =>
      id?.step == null || ood?.step == null ? null : Math.log(id.step / ood.step),
  },
];

/** Factors that the axis may name. */
const factors = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100,
];

/**
 * Who leads: for each measure, the step at which half of its change is done over the step at which the OOD error crosses
 * one half. Left of 1, the measure changes first.
 * @returns undefined where no run has both
 */
export function leadLagFigure(runs: readonly StudiedRun[]): { marks: Mark[]; caption: string } | undefined {
  const measured = rows
    .map(({ label, lag }) => ({
      label,
      values: runs.flatMap((run) => lag(run) ?? []).filter(Number.isFinite),
    }))
    .filter(({ values }) => values.length > 0);
  if (measured.length === 0) return undefined;
  const estimates = measured.map(({ values }) => medianEstimate(values, 0.95));
  const all = measured.flatMap(({ values }) => values);
  const least = Math.log(1.15);
  const [shortest, longest] = extent(all);
  const from = Math.exp(Math.min(-least, 1.15 * shortest));
  const to = Math.exp(Math.max(least, 1.15 * longest));
  const plot = plotFor(measured.map(({ label }) => label));
  const place = scaleLog([from, to], [plot.x + 24, plot.x + plot.width - 24]);
  const rowHeight = plot.height / measured.length;
  const middle = (row: number) => Math.round(plot.y + (row + 0.5) * rowHeight);
  const one = Math.round(place(1));
  const marks: Mark[] = [dashedLine([one, plot.y], [one, plot.y + plot.height])];
  const medians: Mark[] = [];
  measured.forEach(({ values }, row) => {
    const dots = values.map((value, at): [number, number] => [
      place(Math.exp(value)),
      middle(row) + rowHeight * (0.17 + (0.2 * ((at * 7) % 10)) / 10),
    ]);
    marks.push({ kind: 'dots', points: pointsOf(dots), ink: 'others', diameter: 14 });
    medians.push(...drawEstimate(estimates[row]!, (value) => place(Math.exp(value)), middle(row)));
  });
  const xTicks: PlacedTick[] = factors
    .filter((factor) => factor >= from && factor <= to)
    .map((factor) => ({ at: Math.round(place(factor)), label: String(factor) }));
  const chart = {
    title: 'What changes first',
    heights: '← before the OOD error falls, after it →',
    across: 'step of the change / step at which the OOD error crosses one half',
    xTicks: withoutCollisions(xTicks),
    yTicks: measured.map(({ label }, row) => ({ at: middle(row), label })),
    marks: [...marks, ...medians],
    legend: [],
  };
  return { marks: drawChart(chart, plot), caption: describe(measured, estimates) };
}

function drawEstimate({ value, low, high }: Estimate, place: (value: number) => number, y: number): Mark[] {
  return [
    {
      kind: 'rules',
      lines: [[place(low), y, place(high), y]],
      ink: 'first',
      width: 6,
    },
    { kind: 'dots', points: pointsOf([[place(value), y]]), ink: 'first', diameter: 26 },
  ];
}

function describe(
  measured: readonly { label: string; values: readonly number[] }[],
  estimates: readonly Estimate[],
) {
  const parts = measured.map(({ label }, at) => {
    const { value, low, high, confidence, runs } = estimates[at]!;
    const show = (lag: number) => Number(Math.exp(lag).toPrecision(3));
    const interval =
      runs < 2
        ? 'one run'
        : `${Math.floor(100 * confidence)} % interval ${show(low)} to ${show(high)}, ${runs} runs`;
    return `${label} ${show(value)} (${interval})`;
  });
  return `Step at which half of a measure’s change is done over the step at which the OOD copy error crosses one half: below 1 the measure leads. Medians over runs with exact intervals: ${parts.join('; ')}.`;
}
