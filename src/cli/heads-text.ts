import type { CircuitPair, FoundCircuit } from '../behaviour/circuit.js';
import type { HeadsAtStep } from '../behaviour/model-heads.js';
import { type HeadGrid, headName } from '../model/heads.js';

const barWidth = 20;

/** Heads below it are not listed, but for the strongest. */
const leastListed = 0.05;

const kinds = [
  ['previous token', ({ previousToken }) => previousToken],
  ['induction', ({ induction }) => induction],
  ['duplicate token', ({ duplicateToken }) => duplicateToken],
] as const satisfies readonly (readonly [string, (scores: HeadsAtStep['scores']) => Float64Array])[];

/**
 * The strongest heads of each kind at the last step as lines of text; of a series, beside what they did at every step.
 * @param steps in order, at least one   @param top heads of each kind
 */
export function headsText(steps: readonly HeadsAtStep[], grid: HeadGrid, top: number): string[] {
  const last = steps.at(-1)!;
  return kinds.flatMap(([kind, valuesOf]) => {
    const values = valuesOf(last.scores);
    const order = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, top);
    const strongest = order.filter((head, at) => at === 0 || values[head]! >= leastListed);
    return strongest.map((head, at) => {
      const value = values[head]!;
      const bar = '█'.repeat(Math.round(value * barWidth)).padEnd(barWidth, '·');
      const name = headName(grid, head).padEnd(7);
      const line = `  ${(at === 0 ? kind : '').padEnd(16)}${name}${value.toFixed(3)}  ${bar}`;
      return steps.length === 1
        ? line
        : `${line}  ${sparkline(steps.map(({ scores }) => valuesOf(scores)[head]!))}`;
    });
  });
}

const levels = '▁▂▃▄▅▆▇█';

/** At most this many steps are shown side by side. */
const widestSparkline = 40;

/** Values from 0 to 1 as blocks of eight heights. */
function sparkline(values: readonly number[]): string {
  const count = Math.min(values.length, widestSparkline);
  return Array.from({ length: count }, (_, at) => {
    const place = count === 1 ? 0 : Math.round((at * (values.length - 1)) / (count - 1));
    return levels[Math.min(levels.length - 1, Math.floor(values[place]! * levels.length))];
  }).join('');
}

/** The circuit as lines of text: who writes, who reads, what both do, and what weights say of each pair. */
export function circuitText(circuit: FoundCircuit, grid: HeadGrid, scores: HeadsAtStep['scores']): string[] {
  const { readers, writers, pairs } = circuit;
  if (readers.length === 0) return ['no circuit: no head does induction for a third of its attention'];
  if (writers.length === 0) {
    return [
      'no circuit: no head of an earlier layer attends to the token before for a third of its attention',
    ];
  }
  const tells = pairs.some(({ match }) => !Number.isNaN(match.q));
  const cell = ({ value, q }: CircuitPair['match']) =>
    `${value.toFixed(2).padStart(9)}  ${shownQ(q).padEnd(5)}`;
  return [
    'the circuit: heads that attend to the token before, and induction heads that could read them',
    `  writer  previous   reader  induction${'match  q'.padStart(12)}${'z-score  q'.padStart(16)}${'K-comp.  q'.padStart(16)}`,
    ...pairs.map((pair) => {
      const { writer, reader, match, zScore, kComposition, standOut } = pair;
      const from = `${headName(grid, writer).padEnd(8)}${scores.previousToken[writer]!.toFixed(3).padEnd(9)}`;
      const to = `${headName(grid, reader).padEnd(8)}${scores.induction[reader]!.toFixed(3).padEnd(9)}`;
      return `  ${from}> ${to}${cell(match)}${cell(zScore)}${cell(kComposition)}${standOut.length > 0 ? ' ✓' : ''}`;
    }),
    tells
      ? '  ✓: stands out from pairs that cannot compose, q below .05 in one of the three'
      : '  the model has too few heads to tell chance from it',
  ];
}

function shownQ(q: number): string {
  if (Number.isNaN(q)) return '–';
  return q < 0.001 ? '<.001' : q.toFixed(3);
}
