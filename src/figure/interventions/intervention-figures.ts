import { usualRank } from '../../causal/run-study.js';
import type { EditResult } from '../../causal/summary.js';
import type { HeadGrid } from '../../model/heads.js';
import { chartHeight, chartWidth } from '../chart.js';
import type { Figure } from '../dynamics.js';
import type { Mark } from '../marks.js';
import type { NamedFigure } from '../render.js';
import { compositionOverTraining, editsOverTraining } from './edits-over-training.js';
import { errorByRank } from './error-by-rank.js';
import { removedHeads } from './removed-heads.js';
import { shownError } from './results.js';
import { drawTransplantMap, transplantMapsOf } from './transplant-map.js';

/** Everything that figures of one model need. */
export interface FigureSubject {
  readonly setting: string;
  readonly grid: HeadGrid;
  /** d. */
  readonly width: number;
}

/** The figures that results of one model allow. */
export function interventionFigures(
  results: readonly EditResult[],
  { setting, grid, width }: FigureSubject,
): NamedFigure[] {
  const error = shownError(results);
  if (error === undefined) return [];
  const rank = usualRank(width);
  const made: readonly [string, readonly (Mark[] | undefined)[]][] = [
    ['error_by_rank', [errorByRank(results, 'keys', error), errorByRank(results, 'outputs', error)]],
    [
      'edits_over_training',
      [
        editsOverTraining(results, 'keys', grid, width, error),
        editsOverTraining(results, 'outputs', grid, width, error),
        compositionOverTraining(results, 'qk_ov_match', rank),
        compositionOverTraining(results, 'z_score', rank),
      ],
    ],
    ['removed_heads', [removedHeads(results, grid, error)]],
  ];
  const maps = transplantMapsOf(results, setting, error).map((map, at) => ({
    name: at === 0 ? 'transplant_map' : `transplant_map_${at + 1}`,
    figure: drawTransplantMap(map),
  }));
  const charts = made.flatMap(([name, panels]) => {
    const drawn = panels.filter((marks) => marks !== undefined);
    if (drawn.length === 0) return [];
    return [{ name, figure: sideBySide(`${setting}: ${name.replaceAll('_', ' ')}`, drawn) }];
  });
  return [...charts, ...maps];
}

/** Charts side by side, two a figure's width where there are four. */
function sideBySide(title: string, panels: readonly Mark[][]): Figure {
  return {
    title,
    width: panels.length * chartWidth,
    height: chartHeight,
    panels: panels.map((marks, at) => ({ x: at * chartWidth, width: chartWidth, marks })),
  };
}
