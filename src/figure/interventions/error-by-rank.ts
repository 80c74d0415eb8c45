import type { EditResult } from '../../causal/summary.js';
import type { Mark } from '../marks.js';
import { dashes } from '../panel.js';
import { type ChartLine, drawLineChart } from './line-chart.js';
import { isProjected, lastStepOf, pointOf, type ShownError } from './results.js';

/**
 * Error against the number of dimensions that heads' keys or outputs keep, or lose, at the last step, with what random subspaces
 * of the same rank do.
 * @returns undefined where fewer than two ranks were tried
 */
export function errorByRank(
  results: readonly EditResult[],
  component: 'keys' | 'outputs',
  { measure, name }: ShownError,
): Mark[] | undefined {
  const step = lastStepOf(results);
  const own = results.filter((result) => result.step === step);
  const projected = own.filter(isProjected).filter(({ edit }) => edit.component === component);
  const line = (what: 'keep' | 'drop') =>
    projected
      .filter(({ edit }) => edit.what === what)
      .map((result) => pointOf(result, result.edit.rank, measure))
      .sort((a, b) => a.x - b.x);
  const [kept, dropped] = [line('keep'), line('drop')];
  if (kept.length < 2 && dropped.length < 2) return undefined;
  const base = own.find(({ edit }) => edit.kind === 'none')?.judgement[measure];
  const ranks = [...kept, ...dropped].map(({ x }) => x);
  const ends = [ranks.reduce((a, b) => Math.min(a, b)), ranks.reduce((a, b) => Math.max(a, b))];
  const lines: ChartLine[] = [];
  const part = component === 'keys' ? 'keys' : 'outputs';
  if (base !== undefined) {
    const points = ends.map((x) => ({ x, y: base }));
    lines.push({ label: 'no edit', points, ink: 'baseline', width: 4, dashes });
  }
  if (kept.length >= 2) {
    lines.push({
      label: `${part} keep r dimensions`,
      points: kept,
      ink: 'first',
      width: 6,
      dot: 16,
      band: 'firstBand',
    });
  }
  if (dropped.length >= 2) {
    lines.push({
      label: `${part} lose them`,
      points: dropped,
      ink: 'second',
      width: 6,
      dot: 16,
      band: 'secondBand',
    });
  }
  return drawLineChart({
    title: component === 'keys' ? 'What keys need to see' : 'What outputs need to hold',
    heights: `${name}; bands: random subspaces, 5–95 %`,
    across: 'r, dimensions of the subspace',
    lines,
    steps: false,
    between: [0, 1],
  });
}
