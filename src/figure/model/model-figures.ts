import { strongestEnd } from '../../measures/model-plan.js';
import { parsePair } from '../../model/heads.js';
import type { Block } from '../../series/blocks.js';
import type { NamedFigure } from '../render.js';
import { drawAtlas } from './atlas.js';
import { type Circuit, type CircuitEdge, drawCircuit, type HeadBehaviour } from './circuit.js';
import { drawHeadGrids } from './head-grids.js';
import { measureName } from './measure-names.js';
import {
  chanceAt,
  fillMedians,
  headValues,
  lastRow,
  type ModelMeasures,
  modelMeasures,
  type PairMeasure,
  pairMatrix,
  strongestSubjects,
} from './model-data.js';
import { type NullShares, nullShares } from './null-shares.js';
import { drawPairDistribution } from './pair-distribution.js';
import { drawPairsOverTraining } from './pairs-over-training.js';

/** Which numbers of a model are drawn. */
export interface ModelFigureChoice {
  readonly setting: string;
  /** Ranks of the subspaces; the one nearest to 10 unless given. */
  readonly ranks?: readonly number[] | undefined;
  /** Relative positions; all unless given. */
  readonly relPos?: readonly number[] | undefined;
  /** Which summaries of the cosines of the principal angles. */
  readonly methods: readonly ('mean' | 'largest')[];
}

/** Models of so many pairs have more lines than the five panels can show. */
export const mostPairsOfPanels = 8;

/** Edges of the circuit, and lines over training. */
const mostEdges = 12;
const mostLines = 8;

/** Grids of heads that stand side by side. */
const gridsPerFigure = 3;

/** Whether a table holds so many pairs of heads of this setting that they get figures of their own. */
export function hasManyPairs(blocks: readonly Block[], setting: string): boolean {
  const own = blocks.filter(({ key }) => key.setting === setting);
  const measures = modelMeasures(own);
  return measures?.pairs.some(({ values }) => values.subjects.length > mostPairsOfPanels) === true;
}

/**
 * The figures of a model of many heads: for each measure of pairs its atlas, its distribution and, of a series, its strongest
 * pairs over training; the circuit; and grids of the measures of one head. Maps are of the last step that was measured.
 * @param blocks of a table; those of other settings are passed over
 */
export function modelFigures(blocks: readonly Block[], choice: ModelFigureChoice): NamedFigure[] {
  const measures = modelMeasures(blocks.filter(({ key }) => key.setting === choice.setting));
  if (measures === undefined) return [];
  const pairs = measures.pairs.filter(chosen(measures.pairs, choice));
  return [
    ...pairs.flatMap((measure) => figuresOfPairs(measure, measures, choice.setting)),
    ...circuits(pairs, measures, choice.setting),
    ...gridsOfHeads(measures, choice),
  ];
}

/** Tests whether a measure is of the ranks, positions and summaries that were asked for. */
function chosen(
  all: readonly { readonly rank: number | null }[],
  { ranks, relPos, methods }: ModelFigureChoice,
): (measure: {
  readonly rank: number | null;
  readonly relPos?: number | null;
  readonly statistic: string | null;
}) => boolean {
  const known = all.flatMap(({ rank }) => rank ?? []);
  const nearest = known.reduce(
    (best, rank) => (Math.abs(rank - 10) < Math.abs(best - 10) ? rank : best),
    Number.POSITIVE_INFINITY,
  );
  const wanted = ranks ?? [nearest];
  return ({ rank, relPos: t = null, statistic }) =>
    (rank === null || wanted.includes(rank)) &&
    (t === null || relPos === undefined || relPos.includes(t)) &&
    (statistic === null || methods.some((method) => method === statistic));
}

function figuresOfPairs(measure: PairMeasure, { grid }: ModelMeasures, setting: string): NamedFigure[] {
  const { values, medians, q } = measure;
  const row = lastRow(values);
  if (row === undefined) return [];
  const step = values.steps[row]!;
  const { title, signed } = measureName(measure.measure);
  const matrix = pairMatrix(values, grid, step);
  const causal = matrix.filter(Number.isFinite);
  const chance = chanceAt(measure, step);
  const shared = { setting, measure: title, chance };
  const details = detailsOf(measure, step);
  if (medians !== undefined) fillMedians(matrix, medians, grid, step);
  const atlas = drawAtlas({
    ...{ ...shared, details, grid, values: matrix, signed: signed === true },
    strongest: strongestEnd(measure.measure),
    q: q && pairMatrix(q, grid, step),
    ...(medians !== undefined && { strong: values.subjects.length }),
  });
  const figures = [{ name: `atlas_${fileName(measure)}`, figure: atlas }];
  // Of the strongest pairs alone there is no distribution.
  if (medians === undefined) {
    const antiCausal = antiCausalAt(measure, grid, step);
    const figure = drawPairDistribution({ ...shared, details, causal, antiCausal });
    if (figure !== undefined) figures.push({ name: `distribution_${fileName(measure)}`, figure });
  }
  const training = overTraining(measure, row, grid, setting, title);
  if (training !== undefined) figures.push({ name: `over_training_${fileName(measure)}`, figure: training });
  return figures;
}

/** The distribution of the pairs that cannot compose, as far as it follows from the p-values of a table. */
function antiCausalAt(
  { measure, values, p, nullCount }: PairMeasure,
  grid: ModelMeasures['grid'],
  step: number,
): NullShares | undefined {
  const row = nullCount?.steps.findIndex((other) => Object.is(other, step)) ?? -1;
  if (p === undefined || nullCount === undefined || row < 0) return undefined;
  return nullShares(
    pairMatrix(values, grid, step),
    pairMatrix(p, grid, step),
    nullCount.values[row]!,
    strongestEnd(measure),
  );
}

function overTraining(
  measure: PairMeasure,
  row: number,
  { layers, heads }: ModelMeasures['grid'],
  setting: string,
  title: string,
): ReturnType<typeof drawPairsOverTraining> {
  const { steps, subjects, values } = measure.values;
  const order = [...steps.keys()]
    .filter((at) => !Number.isNaN(steps[at]))
    .sort((a, b) => steps[a]! - steps[b]!);
  const chance = order.map((at) => chanceAt(measure, steps[at]!));
  const band = (part: 'low' | 'median' | 'high') =>
    Float64Array.from(chance, (level) => level?.[part] ?? Number.NaN);
  return drawPairsOverTraining({
    ...{ setting, measure: title, details: detailsOf(measure, Number.NaN) },
    steps: Float64Array.from(order, (at) => steps[at]!),
    pairs: strongestSubjects(measure.values, row, mostLines).map((column) => ({
      name: subjects[column]!,
      values: Float64Array.from(order, (at) => values[at * subjects.length + column]!),
    })),
    total: (heads * heads * layers * (layers - 1)) / 2,
    ...(chance.length > 0 &&
      chance.every((level) => level !== undefined) && {
        chance: {
          ...{ low: band('low'), median: band('median'), high: band('high') },
          ...{ share: chance[0]!.share, of: chance[0]!.of },
        },
      }),
  });
}

/** A circuit for each match that is drawn: its strongest pairs, with what else is known of them. */
function circuits(
  pairs: readonly PairMeasure[],
  { grid, pairs: all, heads }: ModelMeasures,
  setting: string,
): NamedFigure[] {
  return pairs.flatMap((match) => {
    if (match.measure !== 'qk_ov_match') return [];
    const row = lastRow(match.values);
    if (row === undefined) return [];
    const step = match.values.steps[row]!;
    const total = grid.layers * grid.heads;
    const matrixOf = (name: string) => {
      const found = all.find(({ measure, relPos }) => measure === name && relPos === match.relPos);
      return found && pairMatrix(found.values, grid, step);
    };
    const [zScore, kComposition] = [matrixOf('z_score'), matrixOf('k_composition')];
    const values = pairMatrix(match.values, grid, step);
    const q = match.q && pairMatrix(match.q, grid, step);
    const edges = strongestSubjects(match.values, row, mostEdges).map((column): CircuitEdge => {
      const { writer, reader } = parsePair(grid, match.values.subjects[column]!)!;
      const at = reader * total + writer;
      return {
        ...{ writer, reader, match: values[at]! },
        zScore: zScore?.[at] ?? Number.NaN,
        kComposition: kComposition?.[at] ?? Number.NaN,
        q: q?.[at] ?? Number.NaN,
      };
    });
    const circuit: Circuit = {
      ...{ setting, grid, edges },
      details: `the ${edges.length} pairs of the highest QK–OV match, ${detailsOf(match, step)}`,
      behaviours: behavioursOf(heads, grid, step),
    };
    const figure = drawCircuit(circuit);
    return figure === undefined ? [] : [{ name: `circuit_${fileName(match)}`, figure }];
  });
}

function behavioursOf(
  heads: ModelMeasures['heads'],
  grid: ModelMeasures['grid'],
  step: number,
): HeadBehaviour[] {
  const valuesOf = (name: string) => {
    const found = heads.find(({ measure }) => measure === name);
    return found && headValues(found.values, grid, step);
  };
  const [previous, induction, duplicate] = ['previous_token', 'induction', 'duplicate_token'].map(valuesOf);
  if (previous === undefined && induction === undefined && duplicate === undefined) return [];
  return Array.from({ length: grid.layers * grid.heads }, (_, head) => ({
    head,
    previousToken: previous?.[head] ?? Number.NaN,
    induction: induction?.[head] ?? Number.NaN,
    duplicateToken: duplicate?.[head] ?? Number.NaN,
  }));
}

function gridsOfHeads({ grid, heads }: ModelMeasures, choice: ModelFigureChoice): NamedFigure[] {
  const panels = heads.filter(chosen(heads, choice)).flatMap(({ measure, rank, statistic, values }) => {
    const row = lastRow(values);
    if (row === undefined) return [];
    const { title, signed } = measureName(measure);
    const step = values.steps[row]!;
    return [
      {
        measure: title,
        details: detailsOf({ rank, statistic, relPos: null }, step),
        values: headValues(values, grid, step),
        signed: signed === true,
      },
    ];
  });
  const figures: NamedFigure[] = [];
  for (let from = 0; from < panels.length; from += gridsPerFigure) {
    const name = panels.length > gridsPerFigure ? `heads_${from / gridsPerFigure + 1}` : 'heads';
    const shown = panels.slice(from, from + gridsPerFigure);
    figures.push({ name, figure: drawHeadGrids({ setting: choice.setting, grid, panels: shown }) });
  }
  return figures;
}

/** What a measure was measured with, in words. @param step NaN where it belongs to none */
function detailsOf(
  { rank, statistic, relPos }: Pick<PairMeasure, 'rank' | 'statistic' | 'relPos'>,
  step: number,
): string {
  return [
    ...(rank === null ? [] : [`rank ${rank}`]),
    ...(statistic === null ? [] : [statistic]),
    ...(relPos === null ? [] : [`rel_pos ${String(relPos).replace('-', '−')}`]),
    ...(Number.isNaN(step) ? [] : [`step ${step}`]),
  ].join(', ');
}

/** The same as part of a file's name, as the five-panel figures have it. */
function fileName({ measure, rank, statistic, relPos }: PairMeasure): string {
  return [
    measure,
    ...(rank === null ? [] : [`rank_${rank}`]),
    ...(statistic === null ? [] : [`method_${statistic}`]),
    ...(relPos === null ? [] : [`rel_pos_${relPos}`]),
  ].join('_');
}
