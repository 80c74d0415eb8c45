import type { HeatMatrix, MapName } from '../../src/step/circuit-maps.js';
import { headPatterns } from '../../src/step/head-patterns.js';
import { formatStep, formatValue } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';
import { colourOf } from '../timeline/run-style.js';
import type { HeatData } from './Heat.js';
import { HeatFigure } from './HeatFigure.js';
import { mapTexts } from './Maps.js';
import { roundUp } from './numbers.js';
import { patternText } from './pattern-text.js';
import type { Picture } from './use-opened.js';

/**
 * Two opened steps side by side: A, which is pinned, B, which is selected, and what B has more than A. The same pair, the same sequence,
 * and one scale of colours for the three.
 */
export function ComparePart(props: {
  readonly a: Picture;
  readonly b: Picture;
  readonly runs: readonly RunSource[];
  /** Head whose attention is compared, as layer · heads + head. */
  readonly head: number;
}) {
  const { a, b, runs, head } = props;
  const pair = b.pair.replace('>', ' → ');
  return (
    <div class="part compare">
      <h3>
        A and B side by side: heads {pair} at t = {b.relPos}
      </h3>
      <p class="note">
        <Side letter="A" picture={a} runs={runs} /> is pinned, <Side letter="B" picture={b} runs={runs} />{' '}
        moves with the step and the run that you choose. The third map is B − A, on the same scale.
      </p>
      <CompareNumbers a={a} b={b} />
      {b.maps.map((map) => {
        const other = a.maps.find(({ name }) => name === map.name);
        return other === undefined ? null : (
          <MapRow key={map.name} name={map.name} a={other} b={map} usual={b.scales?.get(map.name)} />
        );
      })}
      <AttentionRow a={a} b={b} head={head} />
    </div>
  );
}

function Side({ letter, picture, runs }: { letter: string; picture: Picture; runs: readonly RunSource[] }) {
  const { source, info } = picture;
  return (
    <span class="side">
      <strong>{letter}</strong>{' '}
      <span class="swatch" style={{ '--run': `var(--${colourOf(runs, source.setting)})` }} /> {source.setting}
      , step {formatStep(info.step)}
    </span>
  );
}

function CompareNumbers({ a, b }: { a: Picture; b: Picture }) {
  const rows: readonly (readonly [name: string, of: (picture: Picture) => number | undefined])[] = [
    ['z-score', ({ numbers }) => numbers.scores?.zScore],
    ['token mismatch', ({ numbers }) => numbers.scores?.mismatch],
    ['QK–OV match, mean', ({ numbers }) => numbers.scores?.match.mean],
    ['QK–OV match, largest', ({ numbers }) => numbers.scores?.match.largest],
    ['wte–OV match, mean', ({ numbers }) => numbers.writer.mean],
    ['loss on the sequence', ({ reading }) => reading && mean(reading.losses)],
  ];
  return (
    <table class="compare-numbers">
      <thead>
        <tr>
          <th scope="col">measure</th>
          <th scope="col">A</th>
          <th scope="col">B</th>
          <th scope="col">B − A</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, of]) => {
          const [x, y] = [of(a), of(b)];
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{formatValue(x)}</td>
              <td>{formatValue(y)}</td>
              <td>{x === undefined || y === undefined ? '–' : formatValue(y - x)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface Grid {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
}

function MapRow(props: {
  readonly name: MapName;
  readonly a: HeatMatrix;
  readonly b: HeatMatrix;
  /** Of the scale that all steps share. */
  readonly usual: number | undefined;
}) {
  const { name, a, b, usual } = props;
  const { note: _note, formula, ...text } = mapTexts[name];
  const high = roundUp(usual ?? Math.max(a.usual, b.usual));
  const data = (grid: Grid): HeatData => ({
    ...{ rows: grid.rows, cols: grid.cols, values: grid.values },
    ...{ palette: 'diverging', low: -high, high, beyond: largestOf(grid.values) > high },
  });
  return (
    <section class="compare-row" aria-label={text.title}>
      <h4>
        {text.title} <span class="formula">{formula}</span>
      </h4>
      <Three a={a} b={b} data={data} {...text} />
    </section>
  );
}

/** Attention of one head on the sequence. */
function AttentionRow({ a, b, head }: { a: Picture; b: Picture; head: number }) {
  const [one, two] = [gridOf(a, head), gridOf(b, head)];
  if (one === undefined || two === undefined) return null;
  const { num_heads: heads } = b.config;
  const title = `Attention of head ${Math.floor(head / heads)}.${head % heads}`;
  const data = (grid: Grid, isDifference: boolean): HeatData => {
    const isSigned = isDifference || b.config.linear_attn;
    return {
      ...{ rows: grid.rows, cols: grid.cols, values: grid.values },
      ...{ palette: isSigned ? 'diverging' : 'sequential', low: isSigned ? -1 : 0, high: 1 },
    };
  };
  return (
    <section class="compare-row compare-attention" aria-label={title}>
      <h4>{title}</h4>
      <Three
        a={one}
        b={two}
        data={data}
        notes={[a, b].map(({ reading }) => patternText(headPatterns(reading!)[head]!))}
        title={title}
        rowName="query position"
        colName="attended position"
        describe={({ row, col }) => `${row} → ${col}`}
      />
    </section>
  );
}

function gridOf({ reading }: Picture, head: number): Grid | undefined {
  if (reading === undefined) return undefined;
  const n = reading.tokens.length;
  const values = reading.attention.subarray(head * n * n, (head + 1) * n * n);
  return values.length === n * n ? { rows: n, cols: n, values } : undefined;
}

function Three(props: {
  readonly a: Grid;
  readonly b: Grid;
  readonly data: (grid: Grid, isDifference: boolean) => HeatData;
  readonly title: string;
  readonly rowName: string;
  readonly colName: string;
  readonly describe: (cell: { row: number; col: number }) => string;
  /** What stands below A and below B. */
  readonly notes?: readonly string[];
}) {
  const { a, b, data, title, notes = [], ...words } = props;
  const isSame = a.rows === b.rows && a.cols === b.cols;
  const difference: Grid | undefined = isSame
    ? { ...b, values: b.values.map((value, at) => value - a.values[at]!) }
    : undefined;
  const figure = (name: string, grid: Grid, isDifference = false, note?: string) => (
    <HeatFigure
      title={name}
      note={note}
      saved={`${title}, ${name}`}
      data={data(grid, isDifference)}
      summary={`${title}, ${name}: ${grid.rows} by ${grid.cols}, largest absolute entry ${formatValue(largestOf(grid.values))}.`}
      {...words}
    />
  );
  return (
    <div class="three">
      {figure('A', a, false, notes[0])}
      {figure('B', b, false, notes[1])}
      {difference === undefined ? (
        <p class="quiet">
          A is {a.rows} × {a.cols} and B {b.rows} × {b.cols}: there is no difference of the two.
        </p>
      ) : (
        figure('B − A', difference, true)
      )}
    </div>
  );
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum / values.length;
}
