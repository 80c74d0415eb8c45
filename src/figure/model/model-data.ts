import { strongestEnd } from '../../measures/model-plan.js';
import { type HeadGrid, parseHead, parsePair } from '../../model/heads.js';
import type { Block } from '../../series/blocks.js';
import type { ChanceLevel } from '../colour-bar.js';

/** One measure of pairs of heads at one rank and relative position, with what the table holds of chance beside it. */
export interface PairMeasure {
  readonly measure: string;
  readonly rank: number | null;
  readonly relPos: number | null;
  /** `mean` or `largest`; null where a measure has one value. */
  readonly statistic: string | null;
  readonly values: Block;
  /** Benjamini–Hochberg q-values. */
  readonly q: Block | undefined;
  /** Their p-values, and how many anti-causal pairs these count. */
  readonly p: Block | undefined;
  readonly nullCount: Block | undefined;
  /** Quantiles of what chance gives: 5 %, the middle, 95 %; undefined where the table has none. */
  readonly chance: ChanceBlocks | undefined;
  /** The medians of all pairs of two layers, where only the strongest pairs have rows of their own. */
  readonly medians: Block | undefined;
}

/** Quantiles of chance, at the steps of a series or for all of them. */
export interface ChanceBlocks {
  readonly low: Block;
  readonly median: Block;
  readonly high: Block;
  /** What chance was taken from. */
  readonly of: string;
}

/** One measure of heads at one rank. */
export interface HeadMeasure {
  readonly measure: string;
  readonly rank: number | null;
  readonly statistic: string | null;
  readonly values: Block;
}

/** What a table says of the heads of one model or run. */
export interface ModelMeasures {
  readonly grid: HeadGrid;
  readonly pairs: readonly PairMeasure[];
  readonly heads: readonly HeadMeasure[];
}

const pairPattern = /^(\d{1,4})\.(\d{1,4})>(\d{1,4})\.(\d{1,4})$/;
const headPattern = /^(\d{1,4})\.(\d{1,4})$/;
const layersPattern = /^\d{1,4}>\d{1,4}$/;

/** Sorts the blocks of one setting by what they are of. @returns undefined where there are no pairs of heads */
export function modelMeasures(blocks: readonly Block[]): ModelMeasures | undefined {
  const grid = { layers: 0, heads: 0 };
  const values: Block[] = [];
  const ofHeads: Block[] = [];
  // By measure, statistic, rank and relative position.
  const beside = new Map<string, Block>();
  const nameOf = ({ measure, rank, rel_pos, statistic }: Block['key']) =>
    JSON.stringify([measure, rank, rel_pos, statistic]);
  for (const { kind, block } of blocks.flatMap(partsOf)) {
    if (kind === 'pairs' && !/(^|_)[pq]$/.test(block.key.statistic ?? '')) values.push(block);
    else if (kind === 'heads') ofHeads.push(block);
    else beside.set(`${kind === 'pairs' ? '' : kind}${nameOf(block.key)}`, block);
    if (kind === 'pairs' || kind === 'heads') grow(grid, block);
  }
  if (values.length === 0) return undefined;
  const pairs = values.map((block): PairMeasure => {
    const { measure, rank, rel_pos, statistic } = block.key;
    const other = (kind: string, suffix: string, of = measure) => {
      const name = statistic === null ? suffix : `${statistic}_${suffix}`;
      return beside.get(`${kind}${nameOf({ ...block.key, measure: of, statistic: name })}`);
    };
    const nullQuantile = (name: string) => other('whole', name, `${measure}_null`);
    const random = (name: string | null) =>
      beside.get(
        `whole${nameOf({ ...block.key, measure: 'baseline_match', rel_pos: null, statistic: name })}`,
      );
    const chance =
      chanceBlocks('anti-causal pairs', nullQuantile('q05'), nullQuantile('q50'), nullQuantile('q95')) ??
      (measure === 'qk_ov_match'
        ? chanceBlocks(
            'random subspaces',
            random(`${statistic}_q05`),
            random(statistic),
            random(`${statistic}_q95`),
          )
        : undefined);
    return {
      ...{ measure, rank, statistic, relPos: rel_pos, values: block },
      q: other('', 'q'),
      p: other('', 'p'),
      nullCount: nullQuantile('count'),
      chance,
      medians: other('layers', 'median'),
    };
  });
  const heads = ofHeads.map((block) => {
    const { measure, rank, statistic } = block.key;
    return { measure, rank, statistic, values: block };
  });
  return { grid, pairs, heads };
}

function chanceBlocks(
  of: string,
  low: Block | undefined,
  median: Block | undefined,
  high: Block | undefined,
): ChanceBlocks | undefined {
  if (low === undefined || median === undefined || high === undefined) return undefined;
  return { low, median, high, of };
}

type SubjectKind = 'pairs' | 'heads' | 'layers' | 'whole';

/** A block by the kinds of its subjects: pairs of heads and pairs of layers have the same keys but for those. */
function partsOf(block: Block): { kind: SubjectKind; block: Block }[] {
  const columns = new Map<SubjectKind, number[]>();
  block.subjects.forEach((subject, column) => {
    const kind = kindOf(subject);
    if (kind !== undefined) columns.set(kind, [...(columns.get(kind) ?? []), column]);
  });
  if (columns.size === 1 && [...columns.values()][0]!.length === block.subjects.length) {
    return [...columns.keys()].map((kind) => ({ kind, block }));
  }
  return [...columns].map(([kind, chosen]) => ({ kind, block: withColumns(block, chosen) }));
}

function kindOf(subject: string | null): SubjectKind | undefined {
  if (subject === null) return 'whole';
  if (pairPattern.test(subject)) return 'pairs';
  if (headPattern.test(subject)) return 'heads';
  return layersPattern.test(subject) ? 'layers' : undefined;
}

function withColumns({ key, steps, subjects, values }: Block, columns: readonly number[]): Block {
  const kept = new Float64Array(steps.length * columns.length);
  for (let row = 0; row < steps.length; row++) {
    columns.forEach((column, at) => {
      kept[row * columns.length + at] = values[row * subjects.length + column]!;
    });
  }
  return { key, steps, subjects: columns.map((column) => subjects[column]!), values: kept };
}

function grow(grid: { layers: number; heads: number }, { subjects }: Block): void {
  for (const subject of subjects) {
    for (const [, layer, head] of subject!.matchAll(/(\d+)\.(\d+)/g)) {
      grid.layers = Math.max(grid.layers, Number(layer) + 1);
      grid.heads = Math.max(grid.heads, Number(head) + 1);
    }
  }
}

/** The last row of a block that has a value; undefined where none has. */
export function lastRow({ steps, subjects, values }: Block): number | undefined {
  let found: number | undefined;
  for (let row = 0; row < steps.length; row++) {
    const later = found === undefined || !(steps[row]! < steps[found]!);
    const own = values.subarray(row * subjects.length, (row + 1) * subjects.length);
    if (later && own.some(Number.isFinite)) found = row;
  }
  return found;
}

/** The row of a block at the same step as a row of another; undefined where it has none. */
function rowAtStep({ steps }: Block, step: number): number | undefined {
  const found = steps.findIndex((other) => Object.is(other, step));
  return found === -1 ? undefined : found;
}

/** The values of pairs at one step, reader·heads + writer over all heads; NaN where the table has none. */
export function pairMatrix(block: Block, grid: HeadGrid, step: number): Float64Array {
  const total = grid.layers * grid.heads;
  const matrix = new Float64Array(total * total).fill(Number.NaN);
  const row = rowAtStep(block, step);
  if (row === undefined) return matrix;
  block.subjects.forEach((subject, column) => {
    const pair = parsePair(grid, subject ?? '');
    if (pair === undefined) return;
    matrix[pair.reader * total + pair.writer] = block.values[row * block.subjects.length + column]!;
  });
  return matrix;
}

/** Puts the median of two layers where a pair of their heads has no row of its own. */
export function fillMedians(matrix: Float64Array, medians: Block, grid: HeadGrid, step: number): void {
  const { heads } = grid;
  const total = grid.layers * heads;
  const row = rowAtStep(medians, step);
  if (row === undefined) return;
  medians.subjects.forEach((subject, column) => {
    const [from, to] = subject!.split('>').map(Number) as [number, number];
    const median = medians.values[row * medians.subjects.length + column]!;
    for (let reader = to * heads; reader < (to + 1) * heads; reader++) {
      for (let writer = from * heads; writer < (from + 1) * heads; writer++) {
        const at = reader * total + writer;
        if (Number.isNaN(matrix[at])) matrix[at] = median;
      }
    }
  });
}

/** The values of heads at one step, layer·heads + head; NaN where the table has none. */
export function headValues(block: Block, grid: HeadGrid, step: number): Float64Array {
  const values = new Float64Array(grid.layers * grid.heads).fill(Number.NaN);
  const row = rowAtStep(block, step);
  if (row === undefined) return values;
  block.subjects.forEach((subject, column) => {
    const head = parseHead(grid, subject ?? '');
    if (head !== undefined) values[head] = block.values[row * block.subjects.length + column]!;
  });
  return values;
}

/** What chance gives at one step; undefined where the table does not say. */
export function chanceAt({ chance }: PairMeasure, step: number): ChanceLevel | undefined {
  if (chance === undefined) return undefined;
  const at = (block: Block) => {
    // Random subspaces are the same at every step.
    const row = rowAtStep(block, step) ?? rowAtStep(block, Number.NaN);
    return row === undefined ? Number.NaN : block.values[row]!;
  };
  const level = { low: at(chance.low), median: at(chance.median), high: at(chance.high) };
  if (!Object.values(level).every(Number.isFinite)) return undefined;
  return { ...level, share: 0.9, of: chance.of };
}

/** Subjects of a block from the strongest on at one row, those without a value left out. */
export function strongestSubjects(block: Block, row: number, most: number): number[] {
  const sign = strongestEnd(block.key.measure) === 'highest' ? -1 : 1;
  const values = block.values.subarray(row * block.subjects.length, (row + 1) * block.subjects.length);
  return [...values.keys()]
    .filter((column) => Number.isFinite(values[column]))
    .sort((a, b) => sign * (values[a]! - values[b]!) || a - b)
    .slice(0, most);
}
