import { areWide, packedBytes } from '../measures/all-pairs/circuit-products.js';
import type { Compositions } from '../measures/all-pairs/compositions.js';
import { subspaceMatches } from '../measures/all-pairs/subspace-matches.js';
import type { ModelMeasureName, ModelPlan } from '../measures/model-plan.js';
import type { Architecture } from '../model/architecture.js';
import type { WeightsLocation } from '../run/open-weights.js';
import { joinParts } from './join-parts.js';
import type { HeadColumn, ModelColumns, PairColumn } from './model-columns.js';
import type {
  CompositionsTask,
  CopyingTask,
  EmbeddingTask,
  LayerRange,
  MatchResult,
  MatchTask,
  MismatchTask,
  ModelSource,
  SharedSubspaces,
  TokensTask,
  WrittenTask,
} from './model-task.js';
import { subspaceOf } from './perform-model-task.js';

/** Does tasks, here or in worker threads. */
export interface PerformModelTask {
  (task: WrittenTask | TokensTask | EmbeddingTask): Promise<void>;
  (task: MatchTask): Promise<MatchResult>;
  (task: CompositionsTask): Promise<Compositions>;
  (task: MismatchTask): Promise<readonly Float64Array[]>;
  (task: CopyingTask): Promise<Float64Array>;
}

/**
 * Measures one checkpoint of any model: tasks are layers, or groups of them, and write to places of their own, so the
 * numbers have the same bits at any number of jobs.
 * @param perform does a task   @param jobs how many go on at a time
 * @throws InputError when weights cannot be read, or hold NaN or infinity
 */
export async function measureModel(
  location: WeightsLocation,
  plan: ModelPlan,
  perform: PerformModelTask,
  jobs: number,
): Promise<ModelColumns> {
  const { architecture } = location;
  const source: ModelSource = { location, foldNorm: plan.foldNorm };
  const wants = (name: ModelMeasureName) => plan.measures.includes(name);
  const layers = Array.from({ length: architecture.layers }, (_, layer) => layer);
  const hasPairs = architecture.layers > 1;
  const pairs: PairColumn[] = [];
  const heads: HeadColumn[] = [];

  const isComposed =
    wants('z_score') || wants('k_composition') || wants('q_composition') || wants('v_composition');
  const composed = hasPairs && isComposed ? composeAll(source, plan, perform, jobs) : undefined;
  const needsWritten = (hasPairs && wants('qk_ov_match')) || wants('wte_ov_match');
  const written = sharedSubspaces(architecture, plan, architecture.layers * architecture.heads);
  if (needsWritten) {
    await Promise.all(layers.map((layer) => perform({ kind: 'written', ...source, layer, written })));
  }
  const { relPos } = plan;
  const matches = hasPairs && wants('qk_ov_match') ? matchAll(source, plan, perform, written) : undefined;
  const mismatches =
    hasPairs && wants('mismatch_ratio')
      ? Promise.all(layers.map((layer) => perform({ kind: 'mismatch', ...source, layer, relPos })))
      : undefined;
  const embedded = wants('wte_ov_match') ? wteMatches(source, plan, perform, written) : undefined;
  const copied = wants('copying_score') ? copyingScores(source, perform) : undefined;

  const compositions = await composed;
  if (compositions !== undefined) pairs.push(...compositions.zScore);
  const tokens = await mismatches;
  relPos.forEach((t, at) => {
    if (tokens === undefined) return;
    pairs.push(pairColumn('mismatch_ratio', t, null, null, joinParts(tokens.map((layer) => layer[at]!))));
  });
  pairs.push(...((await matches) ?? []));
  if (compositions !== undefined) pairs.push(...compositions.others);
  heads.push(...((await embedded) ?? []), ...((await copied) ?? []));
  return { pairs, heads };
}

/** Results of a layer go to their columns as they come, since columns of a thousand heads are most of the memory. */
async function matchAll(
  source: ModelSource,
  { ranks, relPos }: ModelPlan,
  perform: PerformModelTask,
  written: SharedSubspaces,
): Promise<PairColumn[]> {
  const { layers, heads } = source.location.architecture;
  const total = layers * heads;
  const columns = relPos.map((t) =>
    ranks.map((rank) => {
      const column = (statistic: string) =>
        pairColumn('qk_ov_match', t, rank, statistic, new Float64Array(total * total));
      return { largest: column('largest'), mean: column('mean') };
    }),
  );
  const tasks = Array.from({ length: layers }, async (_, layer) => {
    const found = await perform({ kind: 'match', ...source, layer, ranks, relPos, written });
    columns.forEach((atRank, at) => {
      atRank.forEach(({ largest, mean }, place) => {
        largest.values.set(found[at]![place]!.largest, layer * heads * total);
        mean.values.set(found[at]![place]!.mean, layer * heads * total);
      });
    });
  });
  await Promise.all(tasks);
  return columns.flat().flatMap(({ largest, mean }) => [largest, mean]);
}

/** The z-scores, and what follows after the matches in the table. */
interface ComposedColumns {
  readonly zScore: readonly PairColumn[];
  readonly others: readonly PairColumn[];
}

async function composeAll(
  source: ModelSource,
  { measures, relPos }: ModelPlan,
  perform: PerformModelTask,
  jobs: number,
): Promise<ComposedColumns> {
  const { architecture } = source.location;
  const { layers, heads } = architecture;
  const total = layers * heads;
  const wants = (name: ModelMeasureName) => measures.includes(name);
  const plan = {
    zScore: wants('z_score'),
    kComposition: wants('k_composition'),
    qComposition: wants('q_composition'),
    vComposition: wants('v_composition'),
  };
  const columns = () => relPos.map(() => new Float64Array(total * total));
  const zScore = plan.zScore ? columns() : [];
  const kComposition = plan.kComposition ? columns() : [];
  const qComposition = plan.qComposition ? columns() : [];
  const vComposition = plan.vComposition ? [new Float64Array(total * total)] : [];
  const size = groupSizes(architecture, jobs);
  const tasks = groups(layers, size.readers).flatMap((readers) =>
    groups(layers, size.writers).map(async (writers) => {
      const result = await perform({ kind: 'compositions', ...source, readers, writers, relPos, plan });
      const put = (target: readonly Float64Array[], parts: readonly { data: Float64Array }[]) =>
        parts.forEach(({ data }, at) => {
          const width = (writers.to - writers.from) * heads;
          for (let row = 0; row < (readers.to - readers.from) * heads; row++) {
            const start = (readers.from * heads + row) * total + writers.from * heads;
            target[at]!.set(data.subarray(row * width, (row + 1) * width), start);
          }
        });
      put(zScore, result.zScore);
      put(kComposition, result.kComposition);
      put(qComposition, result.qComposition);
      put(vComposition, result.vComposition === undefined ? [] : [result.vComposition]);
    }),
  );
  await Promise.all(tasks);
  const columnsOf = (measure: string, values: readonly Float64Array[]) =>
    values.map((column, at) => pairColumn(measure, relPos[at]!, null, null, column));
  return {
    zScore: columnsOf('z_score', zScore),
    others: [
      ...columnsOf('k_composition', kComposition),
      ...columnsOf('q_composition', qComposition),
      ...vComposition.map((column) => pairColumn('v_composition', null, null, null, column)),
    ],
  };
}

/**
 * Layers that a task takes of readers and of writers. Where circuits are formed, they are formed again for every group of the
 * other side, so groups are as large as memory allows. Every worker thread has readers of its own.
 */
export function groupSizes(
  { layers, heads, headWidth, width }: Architecture,
  jobs: number,
): { readonly readers: number; readonly writers: number } {
  if (areWide(headWidth, width)) return { readers: 1, writers: layers };
  const layerBytes = heads * headWidth * width * 8;
  let readers = Math.ceil(layers / jobs);
  let writers = layers;
  // Three circuits of a reader and one of a writer for the compositions; two factors of each for the z-score.
  const bytes = () => Math.max(3 * readers + writers, 2 * (readers + writers)) * layerBytes;
  while (bytes() > packedBytes && readers + writers > 2) {
    if (readers >= writers) readers = Math.ceil(readers / 2);
    else writers = Math.ceil(writers / 2);
  }
  return { readers, writers };
}

function groups(layers: number, size: number): LayerRange[] {
  const ranges: LayerRange[] = [];
  for (let from = 0; from < layers; from += size) ranges.push({ from, to: Math.min(layers, from + size) });
  return ranges;
}

async function wteMatches(
  source: ModelSource,
  plan: ModelPlan,
  perform: PerformModelTask,
  written: SharedSubspaces,
): Promise<HeadColumn[]> {
  const { architecture } = source.location;
  const { layers, heads, width } = architecture;
  const embedding = sharedSubspaces(architecture, plan, 1);
  await perform({ kind: 'embedding', ...source, embedding });
  // Heads whose output a later layer could read: every layer but the last, or the only one.
  const writers = Math.max(1, layers - 1) * heads;
  const subspaces = Array.from({ length: writers }, (_, at) => subspaceOf(written, at, width));
  const read = [subspaceOf(embedding, 0, width)];
  const matches = subspaceMatches(read, written.count, plan.ranks)(subspaces);
  return matches.flatMap(({ rank, largest, mean }) =>
    (['largest', 'mean'] as const).map((statistic) => ({
      key: { measure: 'wte_ov_match', rel_pos: null, rank, statistic },
      values: statistic === 'largest' ? largest.data : mean.data,
    })),
  );
}

async function copyingScores(source: ModelSource, perform: PerformModelTask): Promise<HeadColumn[]> {
  const { layers, width } = source.location.architecture;
  const tokens = sharedBytes(width * width * 8);
  await perform({ kind: 'tokens', ...source, tokens });
  const scores = await Promise.all(
    Array.from({ length: layers }, (_, layer) => perform({ kind: 'copying', ...source, layer, tokens })),
  );
  const key = { measure: 'copying_score', rel_pos: null, rank: null, statistic: null };
  return [{ key, values: joinParts(scores) }];
}

function sharedSubspaces(
  { headWidth, width }: Architecture,
  { ranks }: ModelPlan,
  heads: number,
): SharedSubspaces {
  const largest = ranks.reduce((most, rank) => Math.max(most, rank), 1);
  const count = Math.min(largest, headWidth, width);
  return {
    directions: sharedBytes(heads * width * count * 8),
    ranks: sharedBytes(heads * 4),
    count,
  };
}

/** Memory that worker threads share. A page that may have none measures in one thread, which needs none. */
function sharedBytes(length: number): SharedArrayBuffer | ArrayBuffer {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(length) : new SharedArrayBuffer(length);
}

/** How many tasks a checkpoint is, about. */
export function taskCount({ layers }: Architecture, { measures }: Pick<ModelPlan, 'measures'>): number {
  const wants = (name: ModelMeasureName) => measures.includes(name);
  return (
    (layers > 1 ? 1 : 0) +
    (wants('qk_ov_match') || wants('wte_ov_match') ? layers : 0) +
    (wants('qk_ov_match') && layers > 1 ? layers : 0) +
    (wants('mismatch_ratio') && layers > 1 ? layers : 0) +
    (wants('wte_ov_match') ? 1 : 0) +
    (wants('copying_score') ? 1 + layers : 0)
  );
}

function pairColumn(
  measure: string,
  relPos: number | null,
  rank: number | null,
  statistic: string | null,
  values: Float64Array,
): PairColumn {
  return { key: { measure, rel_pos: relPos, rank, statistic }, values };
}
