import type { RunConfig } from '../run/config.js';
import type { Table } from '../series/table.js';
import { familiesOf, type StudiedRun, studyRuns } from '../stats/study.js';
import { chartHeight, chartWidth } from './chart.js';
import { type Figure, svgOf } from './dynamics.js';
import { leadLagFigure } from './lead-lag.js';
import type { Mark } from './marks.js';
import { matchErrorFigure } from './match-error.js';
import { phasePicture } from './phase-picture.js';
import { thresholdFigure } from './threshold-figure.js';

/** A figure over several runs. */
export interface SweepFigure {
  /** Name of its file, without the extension. */
  readonly name: string;
  readonly title: string;
  /** What it shows, in sentences, with the numbers behind it. */
  readonly caption: string;
  /** An SVG to stand in a page, without its typeface. Names from files stand in it as text only. */
  readonly svg: string;
  readonly figure: Figure;
}

const makers: readonly {
  readonly name: string;
  readonly title: string;
  readonly make: (runs: readonly StudiedRun[]) => { marks: Mark[]; caption: string } | undefined;
}[] = [
  { name: 'phase_picture', title: 'Error at the end of training', make: phasePicture },
  { name: 'threshold', title: 'Probability of generalising', make: thresholdFigure },
  { name: 'lead_lag', title: 'What changes first', make: leadLagFigure },
  { name: 'match_against_error', title: 'Subspace match and generalisation', make: matchErrorFigure },
];

/**
 * The figures that a table of several runs allows: phase picture and threshold for runs that differ in pool size and seed,
 * lead–lag, and match against error. Runs that differ in anything else get figures of their own.
 * @param configs by setting; runs without one are left out
 */
export function sweepFigures(table: Table, configs: ReadonlyMap<string, RunConfig>): SweepFigure[] {
  return figuresOfRuns(studyRuns(table, configs));
}

/** The same for runs whose transitions are known. Families of one run have none of these figures. */
export function figuresOfRuns(runs: readonly StudiedRun[]): SweepFigure[] {
  const families = familiesOf(runs).filter((family) => family.runs.length > 1);
  return families.flatMap((family, at) =>
    makers.flatMap(({ name, title, make }) => {
      const made = make(family.runs);
      if (made === undefined) return [];
      const fullTitle = family.name === '' ? title : `${title}: ${family.name}`;
      const figure: Figure = {
        title: fullTitle,
        width: chartWidth,
        height: chartHeight,
        panels: [{ x: 0, width: chartWidth, marks: made.marks }],
      };
      return [
        {
          name: families.length === 1 ? name : `${name}_${at + 1}`,
          title: fullTitle,
          caption: made.caption,
          svg: svgOf(figure, false),
          figure,
        },
      ];
    }),
  );
}
