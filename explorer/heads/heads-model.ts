import type { HeadGrid } from '../../src/model/heads.js';
import { headIndex } from '../../src/model/heads.js';
import type { Block } from '../../src/series/blocks.js';

/** A measure of pairs or of heads, in all the ways it was measured. */
export interface MeasureChoice {
  /** `measure`, or `measure/statistic`: its name in the address bar. */
  readonly id: string;
  readonly measure: string;
  readonly statistic: string | null;
  /** Values at each rank and relative position. */
  readonly blocks: readonly Block[];
  /** What stands beside the values: p-values, and q-values over all causal pairs. */
  readonly p: readonly Block[];
  readonly q: readonly Block[];
}

/** A model of many heads as the table knows it. */
export interface HeadsModel extends HeadGrid {
  /** Steps of a series in order; empty for a single model. */
  readonly steps: readonly number[];
  readonly pairs: readonly MeasureChoice[];
  readonly ofHeads: readonly MeasureChoice[];
  /** Causal pairs that the table has. */
  readonly pairCount: number;
}

/** The heads of a subject such as `4.11>5.1`, by number. */
export interface SubjectPair {
  readonly writer: number;
  readonly reader: number;
}

const pairText = /^(\d{1,4})\.(\d{1,4})>(\d{1,4})\.(\d{1,4})$/;
const headText = /^(\d{1,4})\.(\d{1,4})$/;
const significance = /(?:^|_)([pq])$/;

/** What the blocks of one run say of its heads; undefined where they know of none. It has no pairs before these are measured. */
export function headsModel(blocks: readonly Block[]): HeadsModel | undefined {
  let layers = 0;
  let heads = 0;
  let pairCount = 0;
  const see = (layer: string, head: string) => {
    layers = Math.max(layers, Number(layer) + 1);
    heads = Math.max(heads, Number(head) + 1);
  };
  const pairs = new Choices();
  const ofHeads = new Choices();
  const steps = new Set<number>();
  for (const block of blocks) {
    const pair = firstMatch(block, pairText);
    const head = pair === undefined ? firstMatch(block, headText) : undefined;
    if (pair === undefined && head === undefined) continue;
    let count = 0;
    for (const subject of block.subjects) {
      const match = (pair === undefined ? headText : pairText).exec(subject ?? '');
      if (match === null) continue;
      count++;
      see(match[1]!, match[2]!);
      if (pair !== undefined) see(match[3]!, match[4]!);
    }
    if (pair !== undefined) pairCount = Math.max(pairCount, count);
    for (const step of block.steps) if (!Number.isNaN(step)) steps.add(step);
    (pair === undefined ? ofHeads : pairs).add(block);
  }
  if (layers === 0) return undefined;
  return {
    layers,
    heads,
    steps: [...steps].sort((a, b) => a - b),
    pairs: pairs.all(),
    ofHeads: ofHeads.all(),
    pairCount,
  };
}

function firstMatch(block: Block, pattern: RegExp): RegExpExecArray | undefined {
  const [first] = block.subjects;
  return (first && pattern.exec(first)) || undefined;
}

class Choices {
  private readonly found = new Map<
    string,
    { choice: MeasureChoice; blocks: Record<'value' | 'p' | 'q', Block[]> }
  >();

  add(block: Block): void {
    const { measure, statistic } = block.key;
    const match = significance.exec(statistic ?? '');
    const base = match === null ? statistic : statistic!.slice(0, match.index) || null;
    const id = base === null ? measure : `${measure}/${base}`;
    let entry = this.found.get(id);
    if (entry === undefined) {
      const lists = { value: [] as Block[], p: [] as Block[], q: [] as Block[] };
      const choice = { id, measure, statistic: base, blocks: lists.value, p: lists.p, q: lists.q };
      entry = { choice, blocks: lists };
      this.found.set(id, entry);
    }
    const kind = match === null ? 'value' : (match[1] as 'p' | 'q');
    entry.blocks[kind].push(block);
  }

  all(): MeasureChoice[] {
    return [...this.found.values()].map(({ choice }) => choice).filter(({ blocks }) => blocks.length > 0);
  }
}

/** The heads that a pair's text names. */
export function subjectPair(grid: HeadGrid, text: string): SubjectPair | undefined {
  const match = pairText.exec(text);
  if (match === null) return undefined;
  const [, writerLayer, writerHead, readerLayer, readerHead] = match.map(Number);
  return {
    writer: headIndex(grid, writerLayer!, writerHead!),
    reader: headIndex(grid, readerLayer!, readerHead!),
  };
}

/** The number of a head's text. */
export function subjectHead(grid: HeadGrid, text: string): number | undefined {
  const match = headText.exec(text);
  return match === null ? undefined : headIndex(grid, Number(match[1]), Number(match[2]));
}

/**
 * The block nearest to what is chosen: the rank and the relative position themselves, where a measure has them, or else
 * the nearest ones that were measured.
 */
export function chosenBlock(blocks: readonly Block[], rank: number, relPos: number): Block | undefined {
  const distance = ({ key }: Block) =>
    (key.rank === null ? 0 : Math.abs(key.rank - rank)) * 1e6 +
    (key.rel_pos === null ? 0 : Math.abs(key.rel_pos - relPos));
  return blocks.reduce<Block | undefined>(
    (best, block) => (best === undefined || distance(block) < distance(best) ? block : best),
    undefined,
  );
}

/** The block of another list that was measured at the same rank and relative position. */
export function blockLike(blocks: readonly Block[], like: Block): Block | undefined {
  return blocks.find(({ key }) => key.rank === like.key.rank && key.rel_pos === like.key.rel_pos);
}

/** A block's values at a step, by subject; at the only row of a single model. Undefined where the step has none. */
export function valuesAt(block: Block, step: number | null): Float64Array | undefined {
  const { steps, subjects, values } = block;
  let row = steps.length === 1 && Number.isNaN(steps[0]) ? 0 : -1;
  for (let at = 0; row < 0 && at < steps.length; at++) if (steps[at] === step) row = at;
  return row < 0 ? undefined : values.subarray(row * subjects.length, (row + 1) * subjects.length);
}
