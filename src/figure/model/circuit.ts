import { type HeadGrid, type HeadIndex, headName } from '../../model/heads.js';
import type { Figure } from '../dynamics.js';
import { shownProbability, shownValue, textAt } from '../figure-text.js';
import type { InkName } from '../ink.js';
import type { Box, Mark } from '../marks.js';
import { shortenedText } from '../text-width.js';
import { type CircuitLayout, layOutCircuit, left, node, stretchPoints, top } from './circuit-layout.js';

/** A head that reads what another writes, with the evidence from weights. NaN where something was not measured. */
export interface CircuitEdge {
  readonly writer: HeadIndex;
  readonly reader: HeadIndex;
  /** Diagonal z-score of W_QK(reader)·W_OV(writer). */
  readonly zScore: number;
  /** QK–OV match. */
  readonly match: number;
  readonly kComposition: number;
  /** Benjamini–Hochberg q-value of the match. */
  readonly q: number;
}

/** What a head attends to, from a forward pass on repeated random tokens, in [0, 1]. NaN where it was not measured. */
export interface HeadBehaviour {
  readonly head: HeadIndex;
  /** Mean attention to the token before. */
  readonly previousToken: number;
  /** Mean attention to what followed the same token before. */
  readonly induction: number;
  /** Mean attention to the same token before. */
  readonly duplicateToken: number;
}

/** A circuit of a model: its strongest pairs, and what their heads do. */
export interface Circuit {
  /** Name of the model or run, and the step where there is one. */
  readonly setting: string;
  /** What pairs were measured with, such as rank and relative position. */
  readonly details: string;
  readonly grid: HeadGrid;
  /** Strongest first; a figure of more than some 15 cannot be read. */
  readonly edges: readonly CircuitEdge[];
  /** Of any heads; those without one are drawn without a word on what they do. */
  readonly behaviours: readonly HeadBehaviour[];
}

/** Below this a head attends as much to other tokens, and nothing is said. */
const leastAttention = 1 / 3;

/** Below this q-value an edge is drawn strong. */
const significant = 0.05;

const tableWidth = 900;
const explanationsWidth = 1000;

const explanations = [
  'Edges lead from the head that writes to the head that reads.',
  'Width: QK–OV match. Dark: its q-value is below .05.',
  'In boxes: mean attention on repeated random tokens, where it is at least',
  'a third, to the token before, to what followed the same token (induction),',
  'or to the same token.',
];

/**
 * The circuit: heads in columns by layer, edges from the head that writes to the head that reads, numbered as in the table
 * beside them, which holds the evidence of each; and in every head's box what it attends to.
 * @returns undefined where there is no edge
 */
export function drawCircuit(circuit: Circuit): Figure | undefined {
  const { setting, details, grid, edges } = circuit;
  if (edges.length === 0) return undefined;
  const layout = layOutCircuit(grid, edges);
  const { layers, boxes, inner, across } = layout;
  const behaviours = new Map(circuit.behaviours.map((behaviour) => [behaviour.head, behaviour]));
  const right = left + layers.length * (node.width + across) - across;
  const width = Math.max(right, left + tableWidth + explanationsWidth) + left;
  const table = top + inner + 80;
  const marks: Mark[] = [
    textAt('Which heads make the circuit?', left, 58, { size: 44, bold: true }),
    textAt(shortenedText(`${setting} · ${details}`, 30, width - 2 * left), left, 108),
    ...layers.map((layer, at) =>
      textAt(`layer ${layer}`, left + at * (node.width + across) + node.width / 2, top - 22, {
        anchor: 'middle',
      }),
    ),
    ...drawEdges(edges, layout),
    ...[...boxes].flatMap(([head, box]) => drawHead(head, box, grid, behaviours.get(head))),
    ...drawEdgeNumbers(edges, layout),
    ...drawTable(grid, edges, left, table),
    ...explanations.map((line, at) =>
      textAt(line, left + tableWidth + 60, table + 52 + 44 * at, { size: 26 }),
    ),
  ];
  return {
    title: `${setting}: the circuit of the strongest pairs, ${details}`,
    ...{ width, height: table + 90 + 44 * Math.max(edges.length, explanations.length) },
    panels: [{ x: 0, width, marks }],
  };
}

function drawEdges(edges: readonly CircuitEdge[], { paths }: CircuitLayout): Mark[] {
  // Stronger edges lie above weaker ones.
  return [...edges.entries()].reverse().flatMap(([at, edge]): Mark[] => {
    const ink: InkName = edge.q < significant ? 'first' : 'others';
    const width = 3 + 7 * Math.min(1, Math.max(0, Number.isNaN(edge.match) ? 0 : edge.match));
    const points = paths[at]!;
    const end = { x: points.x.subarray(-1), y: points.y.subarray(-1) };
    return [
      { kind: 'curve', points, ink, width },
      { kind: 'dots', points: end, ink, diameter: 22 },
    ];
  });
}

/** Numbers on the last stretch of edges, one after the other where several arrive at one head. */
function drawEdgeNumbers(edges: readonly CircuitEdge[], { paths }: CircuitLayout): Mark[] {
  const arrived = new Map<HeadIndex, number>();
  return edges.flatMap(({ reader }, at): Mark[] => {
    const before = arrived.get(reader) ?? 0;
    arrived.set(reader, before + 1);
    const { x, y } = paths[at]!;
    const point = Math.max(0, x.length - 1 - Math.round(stretchPoints * (0.2 + 0.15 * (before % 5))));
    const box = { x: Math.round(x[point]!) - 20, y: Math.round(y[point]!) - 18, width: 40, height: 36 };
    return [
      { kind: 'box', box, ink: 'paper' },
      textAt(String(at + 1), box.x + 20, box.y + 28, { size: 28, bold: true, anchor: 'middle' }),
    ];
  });
}

function drawHead(head: HeadIndex, box: Box, grid: HeadGrid, behaviour: HeadBehaviour | undefined): Mark[] {
  const { words, ink } = describeBehaviour(behaviour);
  const middle = box.x + box.width / 2;
  return [
    { kind: 'box', box, ink },
    { kind: 'box', box, ink: 'text', edge: 2 },
    textAt(headName(grid, head), middle, box.y + (words === '' ? 57 : 40), {
      ...{ size: 32, bold: true, anchor: 'middle' },
    }),
    ...(words === '' ? [] : [textAt(words, middle, box.y + 76, { size: 26, anchor: 'middle' })]),
  ];
}

/** What a head attends to most, where that is much. */
function describeBehaviour(behaviour: HeadBehaviour | undefined): { words: string; ink: InkName } {
  if (behaviour === undefined) return { words: '', ink: 'paper' };
  const kinds = [
    { name: 'induction', score: behaviour.induction, ink: 'firstBand' },
    { name: 'previous token', score: behaviour.previousToken, ink: 'secondBand' },
    { name: 'same token', score: behaviour.duplicateToken, ink: 'band' },
  ] as const;
  const most = kinds.reduce((best, kind) =>
    kind.score > best.score || Number.isNaN(best.score) ? kind : best,
  );
  if (!(most.score >= leastAttention)) return { words: '', ink: 'paper' };
  return { words: `${most.name} ${shownValue(most.score)}`, ink: most.ink };
}

function drawTable(grid: HeadGrid, edges: readonly CircuitEdge[], x: number, y: number): Mark[] {
  const header = { size: 26 } as const;
  const ends = [430, 570, 730, 860] as const;
  const titles = ['match', 'z-score', 'K-comp.', 'q'];
  return [
    textAt('writer > reader', x + 70, y, header),
    ...ends.map((end, at) => textAt(titles[at]!, x + end, y, { ...header, anchor: 'end' })),
    ...edges.flatMap(({ writer, reader, match, zScore, kComposition, q }, at) => {
      const line = y + 52 + 44 * at;
      const cells = [match, zScore, kComposition].map(shownValue);
      return [
        textAt(String(at + 1), x + 48, line, { bold: true, anchor: 'end' }),
        textAt(`${headName(grid, writer)} > ${headName(grid, reader)}`, x + 70, line),
        ...[...cells, Number.isNaN(q) ? '–' : shownProbability(q)].map((cell, column) =>
          textAt(cell, x + ends[column]!, line, { anchor: 'end' }),
        ),
      ];
    }),
  ];
}
