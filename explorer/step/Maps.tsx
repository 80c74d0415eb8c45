import type { ComponentChildren } from 'preact';
import type { HeatMatrix, MapName } from '../../src/step/circuit-maps.js';
import { formatValue } from '../chart/format.js';
import { scoresFormula, wovFormula, wqkFormula, wqkovFormula } from './formulas.js';
import type { Cell } from './Heat.js';
import { HeatFigure } from './HeatFigure.js';
import { roundUp } from './numbers.js';

/** What each map is, in words. */
export const mapTexts: Readonly<
  Record<
    MapName,
    {
      readonly title: string;
      readonly formula: ComponentChildren;
      readonly note: string;
      readonly rowName: string;
      readonly colName: string;
      readonly describe: (cell: Cell) => string;
    }
  >
> = {
  wqk: {
    title: 'What the reader looks for',
    formula: wqkFormula,
    note: 'Which direction of the stream, as a query, attends to which direction, as a key, at distance t.',
    rowName: 'query dimension',
    colName: 'key dimension',
    describe: ({ row, col }) => `query dim ${row}, key dim ${col}`,
  },
  wov: {
    title: 'What the writer writes',
    formula: wovFormula,
    note: 'What the earlier head adds to the stream for each direction that it attends to.',
    rowName: 'written dimension',
    colName: 'attended dimension',
    describe: ({ row, col }) => `writes dim ${row} for dim ${col}`,
  },
  wqkov: {
    title: 'One through the other',
    formula: wqkovFormula,
    note: 'A bright diagonal: the reader looks for a copy of just what the writer has moved. Its z-score is measured here.',
    rowName: 'query dimension',
    colName: 'attended dimension',
    describe: ({ row, col }) => `query dim ${row}, attended dim ${col}`,
  },
  scores: {
    title: 'The same, token by token',
    formula: scoresFormula,
    note: 'How strongly each token looks for a moved copy of every token: rows whose largest entry is off the diagonal are mismatches.',
    rowName: 'token that looks',
    colName: 'token that was copied',
    describe: ({ row, col }) => `token ${row} looks for ${col}`,
  },
};

/**
 * Heat maps of the circuits of a pair of heads, diverging around zero.
 * @param scales end of the scale by map, the same at all steps; undefined for each map's own
 */
export function Maps(props: {
  readonly maps: readonly HeatMatrix[];
  readonly scales: ReadonlyMap<MapName, number> | undefined;
}) {
  return (
    <div class="maps">
      {props.maps.map((map) => {
        const { name, rows, cols, values, whole, largest, usual, mean, diagonalMean } = map;
        const { note, ...text } = mapTexts[name];
        const high = roundUp(props.scales?.get(name) ?? usual);
        const cut = whole.rows > rows ? ` The first ${rows} of ${whole.rows} are drawn.` : '';
        return (
          <HeatFigure
            key={name}
            {...text}
            note={note + cut}
            data={{ rows, cols, values, palette: 'diverging', low: -high, high, beyond: largest > high }}
            summary={`Heat map, ${rows} by ${cols}: ${text.title}. Largest absolute entry ${formatValue(largest)}, mean ${formatValue(mean)}, mean on the diagonal ${formatValue(diagonalMean)}.`}
          />
        );
      })}
    </div>
  );
}
