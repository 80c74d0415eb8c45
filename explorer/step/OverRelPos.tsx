import type { PairScores } from '../../src/step/over-rel-pos.js';
import { formatStep, formatValue } from '../chart/format.js';
import { matchFormula, mismatchFormula, zFormula } from './formulas.js';
import { Plot } from './Plot.js';

/** Scores of a pair at the relative positions computed so far, in order. */
export interface RelPosCurve {
  readonly relPos: readonly number[];
  readonly scores: readonly (PairScores | null)[];
}

/** z-score, mismatch and match of a pair as functions of the relative position. */
export function OverRelPos(props: {
  readonly curve: RelPosCurve;
  /** At the selected position: the step's own, while the curve may still be that of the step before. */
  readonly here: PairScores;
  readonly range: readonly [number, number];
  readonly match: 'mean' | 'largest';
  readonly rank: number;
  readonly selected: number;
  readonly onPick: (relPos: number) => void;
}) {
  const { curve, here, range, match, rank, selected, onPick } = props;
  const numbers = (take: (scores: PairScores) => number) =>
    Float64Array.from(curve.scores, (scores) => (scores === null ? Number.NaN : take(scores)));
  const panels = [
    {
      title: 'Diagonal z-score',
      formula: zFormula,
      y: numbers(({ zScore }) => zScore),
      value: here.zScore,
      colour: 'var(--measure)',
    },
    {
      title: 'Token mismatch',
      formula: mismatchFormula,
      y: numbers(({ mismatch }) => mismatch),
      value: here.mismatch,
      colour: 'var(--measure)',
      yRange: [0, 1] as const,
    },
    {
      title: `QK–OV match, rank ${rank}, ${match}`,
      formula: matchFormula[match],
      y: numbers((scores) => scores.match[match]),
      value: here.match[match],
      colour: 'var(--measure)',
      yRange: [0, 1] as const,
    },
  ];
  return (
    <div class="trio">
      {panels.map(({ title, formula, y, value, colour, yRange }) => (
        <figure key={title} class="small-chart">
          <figcaption>
            <h4>{title}</h4>
            <div class="formula">{formula}</div>
          </figcaption>
          <Plot
            title={`${title} over relative positions`}
            x={curve.relPos}
            xRange={range}
            {...(yRange === undefined ? {} : { yRange })}
            series={[{ name: title, colour, y }]}
            selected={selected}
            xLabel="relative position t"
            summary={`${title} as a function of the relative position from ${range[0]} to ${range[1]}: ${formatValue(y[curve.relPos.indexOf(0)])} at 0, ${formatValue(value)} at the selected ${selected}.`}
            describe={(at) => (
              <>
                t = {formatStep(curve.relPos[at]!)}: <strong>{formatValue(y[at])}</strong>
              </>
            )}
            rest={
              Number.isNaN(value) ? (
                `No value${title.includes('rank') ? ` at rank ${rank}: a head is narrower than that` : ''}.`
              ) : (
                <>
                  t = {formatStep(selected)}: <strong>{formatValue(value)}</strong>
                </>
              )
            }
            onPick={(at) => onPick(curve.relPos[at]!)}
          />
        </figure>
      ))}
    </div>
  );
}
