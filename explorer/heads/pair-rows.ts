import { strongestEnd } from '../../src/measures/model-plan.js';
import type { HeadGrid } from '../../src/model/heads.js';
import { headInLayer, layerOfHead } from '../../src/model/heads.js';
import type { Block } from '../../src/series/blocks.js';
import {
  blockLike,
  chosenBlock,
  type MeasureChoice,
  placesOf,
  subjectPair,
  valuesAt,
} from './heads-model.js';

/** All causal pairs with one measure's values at one step, as columns. */
export interface PairRows {
  readonly names: readonly string[];
  readonly writer: Int32Array;
  readonly reader: Int32Array;
  readonly value: Float64Array;
  /** NaN where chance was not measured. */
  readonly p: Float64Array;
  readonly q: Float64Array;
  /** Rank and relative position that the values are of; null where the measure has none. */
  readonly rank: number | null;
  readonly relPos: number | null;
  /** Which end of the values is the strong one. */
  readonly strongest: 'highest' | 'lowest';
  /** Values of these pairs at all steps of a series, for a scale that all of them share. */
  readonly overSteps: Float64Array;
  /** Pairs of layers, where only the strongest pairs are among the rows. */
  readonly layers: LayerSummary | undefined;
  /** Anti-causal pairs behind the p-values; NaN where chance was not measured. */
  readonly nullCount: number;
}

/** What is known of all pairs of heads of two layers, as columns. */
export interface LayerSummary {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly median: Float64Array;
  /** 95 % of the pairs lie below. */
  readonly q95: Float64Array;
  readonly maximum: Float64Array;
  /** Medians at all steps. */
  readonly overSteps: Float64Array;
}

/** The pairs of a measure, in the order of the table. */
export function pairRows(
  grid: HeadGrid,
  choice: MeasureChoice,
  at: { readonly rank: number; readonly relPos: number; readonly step: number | null },
): PairRows | undefined {
  const block = chosenBlock(choice.blocks, at.rank, at.relPos);
  const values = block && valuesAt(block, at.step);
  if (block === undefined || values === undefined) return undefined;
  const { names, writer, reader } = namesOf(grid, block.subjects);
  const beside = (blocks: MeasureChoice['p']): Float64Array => {
    const other = blockLike(blocks, block);
    const found = other && valuesAt(other, at.step);
    const column = new Float64Array(names.length).fill(Number.NaN);
    if (other === undefined || found === undefined) return column;
    const isSame = other.subjects.length === names.length && other.subjects[0] === names[0];
    if (isSame) {
      column.set(found);
      return column;
    }
    const placeOf = placesOf(other.subjects);
    names.forEach((name, row) => {
      const place = placeOf.get(name);
      if (place !== undefined) column[row] = found[place]!;
    });
    return column;
  };
  return {
    names,
    writer,
    reader,
    value: values,
    p: beside(choice.p),
    q: beside(choice.q),
    rank: block.key.rank,
    relPos: block.key.rel_pos,
    strongest: strongestEnd(choice.measure),
    overSteps: block.values,
    layers: layerSummary(choice, block, at.step),
    nullCount: valueAlone(choice.nullCount, block, at.step),
  };
}

function valueAlone(blocks: readonly Block[], like: Block, step: number | null): number {
  const block = blockLike(blocks, like);
  return (block && valuesAt(block, step)?.[0]) ?? Number.NaN;
}

function layerSummary(choice: MeasureChoice, like: Block, step: number | null): LayerSummary | undefined {
  const block = blockLike(choice.median, like);
  const median = block && valuesAt(block, step);
  if (block === undefined || median === undefined) return undefined;
  const other = (blocks: readonly Block[]) => {
    const own = blockLike(blocks, like);
    return (own && valuesAt(own, step)) ?? new Float64Array(median.length).fill(Number.NaN);
  };
  const ends = block.subjects.map((text) => (text ?? '').split('>').map(Number));
  return {
    from: Int32Array.from(ends, ([from]) => from ?? -1),
    to: Int32Array.from(ends, ([, to]) => to ?? -1),
    median,
    q95: other(choice.q95),
    maximum: other(choice.maximum),
    overSteps: block.values,
  };
}

interface Names {
  readonly names: readonly string[];
  readonly writer: Int32Array;
  readonly reader: Int32Array;
}

/** Subjects are the same arrays for every step, and parsing ten thousand of them takes longer than a frame. */
const parsed = new WeakMap<readonly (string | null)[], Names>();

function namesOf(grid: HeadGrid, subjects: readonly (string | null)[]): Names {
  let names = parsed.get(subjects);
  if (names === undefined) {
    const writer = new Int32Array(subjects.length);
    const reader = new Int32Array(subjects.length);
    subjects.forEach((text, at) => {
      const pair = subjectPair(grid, text ?? '');
      writer[at] = pair?.writer ?? -1;
      reader[at] = pair?.reader ?? -1;
    });
    names = { names: subjects.map((text) => text ?? ''), writer, reader };
    parsed.set(subjects, names);
  }
  return names;
}

/** Which pairs are listed: a layer or a head on either side, and the least value. */
export interface PairFilter {
  /** `4`, `4.11` or nothing. */
  readonly writes: string;
  readonly reads: string;
  readonly least: number | null;
}

/** How strong a pair is: larger for stronger ones; NaN where it has no value. */
export function strengthOf({ value, strongest }: PairRows, place: number): number {
  return strongest === 'highest' ? value[place]! : -value[place]!;
}

/** How the list is ordered; values from the strongest, probabilities from the smallest. */
export type PairOrder = 'value' | 'writer' | 'reader' | 'q';

/** Places of the pairs that a filter leaves, in order. */
export function listedPairs(
  grid: HeadGrid,
  rows: PairRows,
  filter: PairFilter,
  order: PairOrder,
): Int32Array {
  const writes = sideFilter(grid, filter.writes);
  const reads = sideFilter(grid, filter.reads);
  const kept: number[] = [];
  for (let at = 0; at < rows.value.length; at++) {
    const value = rows.value[at]!;
    if (Number.isNaN(value) || (filter.least !== null && value < filter.least)) continue;
    if (rows.writer[at]! >= 0 && writes(rows.writer[at]!) && reads(rows.reader[at]!)) kept.push(at);
  }
  const places = Int32Array.from(kept);
  const byValue = (a: number, b: number) => strengthOf(rows, b) - strengthOf(rows, a) || a - b;
  const compare: Record<PairOrder, (a: number, b: number) => number> = {
    value: byValue,
    writer: (a, b) => rows.writer[a]! - rows.writer[b]! || byValue(a, b),
    reader: (a, b) => rows.reader[a]! - rows.reader[b]! || byValue(a, b),
    q: (a, b) => orLast(rows.q[a]!) - orLast(rows.q[b]!) || byValue(a, b),
  };
  return places.sort(compare[order]);
}

const orLast = (value: number) => (Number.isNaN(value) ? 2 : value);

/** `4` takes a layer, `4.11` a head; what is neither takes all, since a reader is in the middle of typing. */
function sideFilter(grid: HeadGrid, text: string): (head: number) => boolean {
  const match = /^\s*(\d{1,4})(?:\.(\d{1,4}))?\s*$/.exec(text);
  if (match === null) return () => true;
  const layer = Number(match[1]);
  if (match[2] === undefined) return (head) => layerOfHead(grid, head) === layer;
  const inLayer = Number(match[2]);
  return (head) => layerOfHead(grid, head) === layer && headInLayer(grid, head) === inLayer;
}

/** The place of a pair by its name; -1 where it is not among them. */
export function placeOfPair(rows: PairRows, name: string | null): number {
  return name === null ? -1 : (placesOf(rows.names).get(name) ?? -1);
}
