import { scaleLinear } from 'd3-scale';
import { type EditResult, summaryOf } from '../../causal/summary.js';
import { type HeadGrid, headName } from '../../model/heads.js';
import { dashedLine, drawChart, placeTicks, plotFor, withoutCollisions } from '../chart.js';
import type { LegendEntry } from '../legend.js';
import type { Mark } from '../marks.js';
import { dashes } from '../panel.js';
import { valueTicks } from '../ticks.js';
import { lastStepOf, type ShownError } from './results.js';

/** Of heads removed together so many are named. */
const mostNamed = 3;

/** The error with heads removed, a bar an edit, beside what as many random heads of the same layers do. */
export function removedHeads(
  results: readonly EditResult[],
  grid: HeadGrid,
  { measure, name }: ShownError,
): Mark[] | undefined {
  const step = lastStepOf(results);
  const own = results.filter((result) => result.step === step);
  const removed = own.flatMap((result) =>
    result.edit.kind === 'remove' ? [{ result, heads: result.edit.heads }] : [],
  );
  const base = own.find(({ edit }) => edit.kind === 'none')?.judgement[measure];
  if (removed.length === 0 || base === undefined) return undefined;
  const yTicks = valueTicks(0, 1, 5);
  const plot = plotFor(yTicks.map(({ label }) => label));
  const placeY = scaleLinear([0, 1.04], [plot.y + plot.height, plot.y]);
  const slot = (plot.width - 24) / removed.length;
  const width = Math.max(2, Math.round(Math.min(0.7 * slot, 120)));
  const middle = (at: number) => Math.round(plot.x + 12 + (at + 0.5) * slot);
  const bottom = plot.y + plot.height;
  const bars: Mark[] = [];
  const controls: [number, number, number, number][] = [];
  removed.forEach(({ result }, at) => {
    const y = Math.round(placeY(result.judgement[measure] ?? Number.NaN));
    if (!Number.isFinite(y)) return;
    const box = { x: middle(at) - Math.round(width / 2), y, width, height: bottom - y };
    bars.push({ kind: 'box', box, ink: 'first' });
    const control = summaryOf(result, measure);
    if (control === undefined) return;
    const x = middle(at);
    controls.push([x, placeY(control.q95), x, placeY(control.q05)]);
    controls.push([x - 14, placeY(control.mean), x + 14, placeY(control.mean)]);
  });
  const unedited = Math.round(placeY(base));
  const legend: LegendEntry[] = [
    { label: 'heads removed', ink: 'first', width: 18 },
    { label: 'no edit', ink: 'baseline', width: 4, dashes },
  ];
  if (controls.length > 0)
    legend.push({ label: 'as many random heads, mean and 5–95 %', ink: 'second', width: 6 });
  const ticks = removed.map(({ heads }, at) => ({ heads, at: middle(at), label: headName(grid, heads[0]!) }));
  // Heads removed together have a letter, since their names would not stand side by side.
  const groups = ticks
    .filter(({ heads }) => heads.length > 1)
    .map((tick, place) => ({ ...tick, label: String.fromCodePoint(65 + place) }));
  const named = groups.map(({ heads, label }) => {
    const few = heads.slice(0, mostNamed).map((head) => headName(grid, head));
    const left = heads.length - few.length;
    return `${label}: ${few.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
  });
  return drawChart(
    {
      title: 'Heads removed',
      heights: [name, ...named].join(' · '),
      across: 'heads, layer.head',
      xTicks: [...withoutCollisions(ticks.filter(({ heads }) => heads.length === 1)), ...groups],
      yTicks: placeTicks(yTicks, placeY),
      marks: [
        ...bars,
        dashedLine([plot.x, unedited], [plot.x + plot.width, unedited]),
        { kind: 'rules', lines: controls, ink: 'second', width: 6 },
      ],
      legend,
    },
    plot,
  );
}
