import type { Architecture } from './architecture.js';

/** A head as a number: layer·heads + head. Measures and tasks use these; text is for the edges alone. */
export type HeadIndex = number;

/** Sizes that turn heads into numbers and back. */
export type HeadGrid = Pick<Architecture, 'layers' | 'heads'>;

/** A head that writes and a head that reads, as numbers. */
export interface HeadPair {
  readonly writer: HeadIndex;
  readonly reader: HeadIndex;
}

export function headIndex({ heads }: HeadGrid, layer: number, head: number): HeadIndex {
  return layer * heads + head;
}

export function layerOfHead({ heads }: HeadGrid, index: HeadIndex): number {
  return Math.floor(index / heads);
}

/** Number of a head within its layer. */
export function headInLayer({ heads }: HeadGrid, index: HeadIndex): number {
  return index % heads;
}

/** `layer.head`, as the table and the command line spell it. */
export function headName(grid: HeadGrid, index: HeadIndex): string {
  return `${layerOfHead(grid, index)}.${headInLayer(grid, index)}`;
}

/** `writer>reader`, as the table and the command line spell it. */
export function pairName(grid: HeadGrid, { writer, reader }: HeadPair): string {
  return `${headName(grid, writer)}>${headName(grid, reader)}`;
}

/** The number of a head given as `layer.head`; undefined where the text is none, or the model has no such head. */
export function parseHead(grid: HeadGrid, text: string): HeadIndex | undefined {
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(text);
  if (match === null) return undefined;
  const [layer, head] = [Number(match[1]), Number(match[2])];
  return layer < grid.layers && head < grid.heads ? headIndex(grid, layer, head) : undefined;
}

/** The names of a pair's heads: `0.1` and `2.3` of `0.1>2.3`; the reader's is undefined where the text is that of one head. */
export function headsOfPairName(text: string): { writer: string; reader: string | undefined } {
  const at = text.indexOf('>');
  return at === -1
    ? { writer: text, reader: undefined }
    : { writer: text.slice(0, at), reader: text.slice(at + 1) };
}

/** The heads of a pair given as `writer>reader`; undefined where the text is none, or the model lacks one of them. */
export function parsePair(grid: HeadGrid, text: string): HeadPair | undefined {
  const names = headsOfPairName(text);
  const writer = parseHead(grid, names.writer);
  const reader = parseHead(grid, names.reader ?? '');
  return writer === undefined || reader === undefined ? undefined : { writer, reader };
}
