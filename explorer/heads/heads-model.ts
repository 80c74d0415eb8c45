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
  /** How many anti-causal pairs the p-values count. */
  readonly nullCount: readonly Block[];
  /** Of all pairs of heads of two layers, where only the strongest pairs have rows: medians, 95 % quantiles, largest. */
  readonly median: readonly Block[];
  readonly q95: readonly Block[];
  readonly maximum: readonly Block[];
}

/** What stands beside the values of a measure. */
type Beside = Exclude<keyof MeasureChoice, 'id' | 'measure' | 'statistic' | 'blocks'>;

/** A model of many heads as the table knows it. */
export interface HeadsModel extends HeadGrid {
  /** Steps of a series in order; empty for a single model. */
  readonly steps: readonly number[];
  readonly pairs: readonly MeasureChoice[];
  readonly ofHeads: readonly MeasureChoice[];
  /** Causal pairs that were measured; each has rows, or the strongest of each measure. */
  readonly pairCount: number;
  /** How many pairs of a measure have rows, where that is not all of them. */
  readonly listed: number | undefined;
}

/** The heads of a subject such as `4.11>5.1`, by number. */
export interface SubjectPair {
  readonly writer: number;
  readonly reader: number;
}

const pairText = /^(\d{1,4})\.(\d{1,4})>(\d{1,4})\.(\d{1,4})$/;
const headText = /^(\d{1,4})\.(\d{1,4})$/;
const layersText = /^(\d{1,4})>(\d{1,4})$/;
const besides = /(?:^|_)(p|q|median|q95|maximum|count)$/;

/** What the blocks of one run say of its heads; undefined where they know of none. It has no pairs before these are measured. */
export function headsModel(blocks: readonly Block[]): HeadsModel | undefined {
  let layers = 0;
  let heads = 0;
  let rows = 0;
  let isSummarised = false;
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
    if (pair === undefined && head === undefined) {
      if (firstMatch(block, layersText) !== undefined) {
        isSummarised = true;
        pairs.addSummary(block);
      } else if (block.key.measure.endsWith('_null')) pairs.addNull(block);
      continue;
    }
    let count = 0;
    for (const subject of block.subjects) {
      const match = (pair === undefined ? headText : pairText).exec(subject ?? '');
      if (match === null) continue;
      count++;
      see(match[1]!, match[2]!);
      if (pair !== undefined) see(match[3]!, match[4]!);
    }
    if (pair !== undefined) rows = Math.max(rows, count);
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
    pairCount: isSummarised ? (heads * heads * layers * (layers - 1)) / 2 : rows,
    listed: isSummarised ? rows : undefined,
  };
}

function firstMatch(block: Block, pattern: RegExp): RegExpExecArray | undefined {
  const [first] = block.subjects;
  return (first && pattern.exec(first)) || undefined;
}

class Choices {
  private readonly found = new Map<
    string,
    { choice: MeasureChoice; lists: Record<'blocks' | Beside, Block[]> }
  >();

  /** Values, or what their statistic says stands beside them. */
  add(block: Block): void {
    const { measure, statistic } = block.key;
    const [base, kind] = parts(statistic);
    this.entry(measure, kind === 'p' || kind === 'q' ? base : statistic).lists[
      kind === 'p' || kind === 'q' ? kind : 'blocks'
    ].push(block);
  }

  /** A summary of pairs of layers. */
  addSummary(block: Block): void {
    const [base, kind] = parts(block.key.statistic);
    if (kind === 'median' || kind === 'q95' || kind === 'maximum')
      this.entry(block.key.measure, base).lists[kind].push(block);
  }

  /** What is known of anti-causal pairs as a whole. */
  addNull(block: Block): void {
    const [base, kind] = parts(block.key.statistic);
    if (kind === 'count')
      this.entry(block.key.measure.replace(/_null$/, ''), base).lists.nullCount.push(block);
  }

  all(): MeasureChoice[] {
    return [...this.found.values()].map(({ choice }) => choice).filter(({ blocks }) => blocks.length > 0);
  }

  private entry(measure: string, statistic: string | null) {
    const id = statistic === null ? measure : `${measure}/${statistic}`;
    let entry = this.found.get(id);
    if (entry === undefined) {
      const lists = { blocks: [], p: [], q: [], nullCount: [], median: [], q95: [], maximum: [] };
      entry = { choice: { id, measure, statistic, ...lists }, lists };
      this.found.set(id, entry);
    }
    return entry;
  }
}

/** `mean_q` is the q-value of `mean`, and `q` that of a measure without statistics. */
function parts(statistic: string | null): readonly [base: string | null, kind: string | undefined] {
  const match = besides.exec(statistic ?? '');
  return match === null ? [statistic, undefined] : [statistic!.slice(0, match.index) || null, match[1]];
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

const placesBySubject = new WeakMap<readonly (string | null)[], ReadonlyMap<string | null, number>>();

/** Where each subject stands. Subjects are the same arrays for every step, and looking through thousands takes a frame. */
export function placesOf(subjects: readonly (string | null)[]): ReadonlyMap<string | null, number> {
  let places = placesBySubject.get(subjects);
  if (places === undefined) {
    places = new Map(subjects.map((name, place) => [name, place]));
    placesBySubject.set(subjects, places);
  }
  return places;
}
