import { type HeadGrid, type HeadIndex, layerOfHead } from '../../model/heads.js';
import type { Points } from '../decimate.js';
import type { Box } from '../marks.js';

/** Where heads stand, in columns by layer, and where edges run. */
export interface CircuitLayout {
  /** Layers that have a column, from left to right. */
  readonly layers: readonly number[];
  readonly boxes: ReadonlyMap<HeadIndex, Box>;
  /** The way of each edge, from the writer's right side to the reader's left. */
  readonly paths: readonly Points[];
  /** Free room between columns. */
  readonly across: number;
  /** Height of the columns, from `top`. */
  readonly inner: number;
}

/** Size of a head's box. */
export const node = { width: 290, height: 92 };
/** Free room between the boxes of a column. */
const between = 36;
/** Free room between columns: more where there are few of them. */
function roomAcross(columns: number): number {
  return Math.max(200, Math.min(640, 1400 / columns));
}
export const left = 40;
export const top = 190;

/** Height of the lane that an edge has in a column it passes. */
const lane = 26;

/** Points of an edge between two columns. */
export const stretchPoints = 24;

/** What stands in a column: a head, or the lane of an edge that passes between heads. */
interface Item {
  readonly head: HeadIndex | undefined;
  readonly column: number;
  /** What edges lead to in the columns beside. */
  readonly beside: Item[];
  /** Its middle, from the top of the columns. */
  y: number;
}

/**
 * Lays out edges between heads: an edge that passes columns has a lane of its own in each, so that it does not lie behind
 * their heads; items of a column are ordered by where what they lead to stands, so that edges cross less.
 * Source: Sugiyama, Tagawa, Toda 1981, with barycentres.
 */
export function layOutCircuit(
  grid: HeadGrid,
  edges: readonly { readonly writer: HeadIndex; readonly reader: HeadIndex }[],
): CircuitLayout {
  const heads = [...new Set(edges.flatMap(({ writer, reader }) => [writer, reader]))].sort((a, b) => a - b);
  const layers = [...new Set(heads.map((head) => layerOfHead(grid, head)))];
  const columnOf = (head: HeadIndex) => layers.indexOf(layerOfHead(grid, head));
  const items = new Map(
    heads.map((head): [HeadIndex, Item] => [head, { head, column: columnOf(head), beside: [], y: 0 }]),
  );
  const columns: Item[][] = layers.map((_, column) =>
    [...items.values()].filter((item) => item.column === column),
  );
  const chains = edges.map(({ writer, reader }) => {
    const [from, to] = [items.get(writer)!, items.get(reader)!];
    const lanes: Item[] = [];
    for (let column = from.column + 1; column < to.column; column++) {
      const item: Item = { head: undefined, column, beside: [], y: 0 };
      columns[column]!.push(item);
      lanes.push(item);
    }
    const chain = [from, ...lanes, to];
    for (let at = 1; at < chain.length; at++) {
      chain[at - 1]!.beside.push(chain[at]!);
      chain[at]!.beside.push(chain[at - 1]!);
    }
    return chain;
  });
  const inner = columns.map(heightOf).reduce((most, height) => Math.max(most, height), 0);
  for (const column of columns) stack(column, inner);
  for (let round = 0; round < 12; round++) {
    for (const column of round % 2 === 0 ? columns : [...columns].reverse()) {
      const middle = new Map(column.map((item) => [item, barycentre(item)]));
      column.sort((a, b) => middle.get(a)! - middle.get(b)!);
      stack(column, inner);
    }
  }
  const across = roomAcross(layers.length);
  return {
    ...{ layers, inner },
    across,
    boxes: new Map([...items].map(([head, item]) => [head, boxOf(item, across)])),
    paths: chains.map((chain) => pathOf(chain, across)),
  };
}

const heightOfItem = ({ head }: Item): number => (head === undefined ? lane : node.height);

function heightOf(column: readonly Item[]): number {
  return column.reduce((sum, item) => sum + heightOfItem(item) + between, -between);
}

/** Puts the items of a column below each other, around the middle. */
function stack(column: readonly Item[], inner: number): void {
  let y = (inner - heightOf(column)) / 2;
  for (const item of column) {
    item.y = y + heightOfItem(item) / 2;
    y += heightOfItem(item) + between;
  }
}

function barycentre({ beside, y }: Item): number {
  return beside.length === 0 ? y : beside.reduce((sum, item) => sum + item.y, 0) / beside.length;
}

function boxOf({ column, y }: Item, across: number): Box {
  return {
    x: left + column * (node.width + across),
    y: Math.round(top + y - node.height / 2),
    ...node,
  };
}

function pathOf(chain: readonly Item[], across: number): Points {
  const x: number[] = [];
  const y: number[] = [];
  for (let at = 1; at < chain.length; at++) {
    const [from, to] = [boxOf(chain[at - 1]!, across), boxOf(chain[at]!, across)];
    const isLast = at === chain.length - 1;
    const [x0, x1] = [from.x + from.width, to.x - (isLast ? 8 : 0)];
    const [y0, y1] = [from.y + from.height / 2, to.y + to.height / 2];
    for (let point = 0; point <= stretchPoints; point++) {
      const t = point / stretchPoints;
      x.push(x0 + t * (x1 - x0));
      // Level at both ends.
      y.push(y0 + t * t * (3 - 2 * t) * (y1 - y0));
    }
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) };
}
