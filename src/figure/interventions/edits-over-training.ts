import { usualRank } from '../../causal/run-study.js';
import type { EditResult } from '../../causal/summary.js';
import { type HeadGrid, headName } from '../../model/heads.js';
import type { Mark } from '../marks.js';
import { type ChartLine, drawLineChart } from './line-chart.js';
import { isProjected, pointOf, type ShownError } from './results.js';

/** Error over training without an edit, with a head removed, and with r dimensions kept or lost. */
export function editsOverTraining(
  results: readonly EditResult[],
  component: 'keys' | 'outputs',
  grid: HeadGrid,
  width: number,
  { measure, name }: ShownError,
): Mark[] | undefined {
  const rank = usualRank(width);
  const over = (chosen: readonly EditResult[]) =>
    chosen
      .filter(({ step }) => step !== null)
      .map((result) => pointOf(result, result.step!, measure))
      .sort((a, b) => a.x - b.x);
  const projected = results
    .filter(isProjected)
    .filter(({ edit }) => edit.component === component && edit.rank === rank);
  const heads = projected[0]?.edit.heads;
  if (heads === undefined) return undefined;
  const base = over(results.filter(({ edit }) => edit.kind === 'none'));
  if (base.length < 2) return undefined;
  const removed = over(
    results.filter(({ edit }) => edit.kind === 'remove' && String(edit.heads) === String(heads)),
  ).map(({ x, y }) => ({ x, y }));
  const line = (what: 'keep' | 'drop') => over(projected.filter(({ edit }) => edit.what === what));
  const lines: ChartLine[] = [
    {
      label: `${component} keep ${rank} dimensions`,
      points: line('keep'),
      ink: 'first',
      width: 6,
      band: 'firstBand',
    },
    { label: `${component} lose them`, points: line('drop'), ink: 'second', width: 6, band: 'secondBand' },
    { label: 'no edit', points: base, ink: 'text', width: 6 },
  ];
  if (removed.length > 0) {
    const label = `${heads.length > 1 ? 'heads' : 'head'} ${heads.map((head) => headName(grid, head)).join(', ')} removed`;
    lines.push({ label, points: removed, ink: 'baseline', width: 4 });
  }
  return drawLineChart({
    title: component === 'keys' ? 'The reading head over training' : 'The writing head over training',
    heights: `${name}; bands: random subspaces, 5–95 %`,
    across: 'training steps',
    lines: lines.filter(({ points }) => points.length > 0),
    steps: true,
    between: [0, 1],
  });
}

/** What the weights say over training: a measure that stands with the unedited model. */
export function compositionOverTraining(
  results: readonly EditResult[],
  measure: 'qk_ov_match' | 'z_score',
  rank: number,
): Mark[] | undefined {
  const points = results
    .filter(({ edit, step, judgement }) => edit.kind === 'none' && step !== null && measure in judgement)
    .map(({ step, judgement }) => ({ x: step!, y: judgement[measure]! }))
    .sort((a, b) => a.x - b.x);
  if (points.length < 2) return undefined;
  const isMatch = measure === 'qk_ov_match';
  return drawLineChart({
    title: isMatch ? 'Matching QK and OV subspaces' : 'Diagonal z-score',
    heights: isMatch ? `QK–OV match, rank ${rank}, mean` : 'z-score of W_QKOV',
    across: 'training steps',
    lines: [{ label: isMatch ? 'match' : 'z-score', points, ink: 'first', width: 6, dot: 14 }],
    steps: true,
    ...(isMatch && { between: [0, 1] as const }),
  });
}
