import { kernels } from '../linalg/kernels.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { type Compositions, compositions, type HeadOfLayer } from '../measures/all-pairs/compositions.js';
import { copyingScore } from '../measures/all-pairs/copying-score.js';
import { embeddingSubspace } from '../measures/all-pairs/embedding-subspace.js';
import { type HeadSubspace, readSubspaces, writtenSubspace } from '../measures/all-pairs/head-subspaces.js';
import { layerHeads } from '../measures/all-pairs/layer-heads.js';
import { subspaceMatches } from '../measures/all-pairs/subspace-matches.js';
import { mismatchTokens, tokenMismatches } from '../measures/all-pairs/token-mismatch.js';
import { tokenMatrix, tokenProducts } from '../measures/all-pairs/token-products.js';
import { rotationOf } from '../measures/rotary.js';
import { foldNorm } from '../model/fold-norm.js';
import type { ModelWeights } from '../model/weights.js';
import type {
  CompositionsTask,
  CopyingTask,
  LayerRange,
  MatchResult,
  MatchTask,
  MismatchTask,
  ModelTask,
  SharedSubspaces,
} from './model-task.js';

export type ModelTaskResult = MatchResult | Compositions | readonly Float64Array[] | Float64Array | undefined;

/**
 * Does one task on weights that are open, wherever they come from: a file, or an intervention.
 * @throws InputError when weights cannot be read, or are not finite
 */
export function performOnWeights(given: ModelWeights, task: ModelTask): ModelTaskResult {
  const weights = task.foldNorm ? foldNorm(given) : given;
  switch (task.kind) {
    case 'written': {
      const { heads } = weights.architecture;
      const layer = layerHeads(weights, task.layer);
      for (let head = 0; head < heads; head++) {
        const subspace = writtenSubspace(layer, head, task.written.count, kernels);
        putSubspace(task.written, task.layer * heads + head, subspace);
      }
      return undefined;
    }
    case 'match':
      return match(weights, task);
    case 'compositions':
      return compositionsOf(weights, task);
    case 'mismatch':
      return mismatch(weights, task);
    case 'tokens':
      tokenProducts(weights, weights.embedding, weights.unembedding, new Float64Array(task.tokens));
      return undefined;
    case 'copying':
      return copying(weights, task);
    case 'embedding':
      putSubspace(task.embedding, 0, embeddingSubspace(weights, task.embedding.count, kernels));
      return undefined;
  }
}

function match(weights: ModelWeights, { layer, ranks, relPos, written }: MatchTask): MatchResult {
  const { layers, heads, width } = weights.architecture;
  const rotations = relPos.map((t) => rotationOf(weights.architecture, t));
  const reading = layerHeads(weights, layer);
  const read = Array.from({ length: heads }, (_, head) =>
    readSubspaces(reading, head, rotations, written.count, kernels),
  );
  const total = layers * heads;
  return rotations.map((_, t) => {
    const out = ranks.map(() => ({ largest: nans(heads * total), mean: nans(heads * total) }));
    const first = read.map((at) => at[t]!);
    const matchesOf = subspaceMatches(first, written.count, ranks);
    for (let writer = 0; writer < layers; writer++) {
      // Heads of one layer read nothing of each other.
      if (writer === layer) continue;
      const second = Array.from({ length: heads }, (_, head) =>
        subspaceOf(written, writer * heads + head, width),
      );
      matchesOf(second).forEach(({ largest, mean }, rank) => {
        putColumns(out[rank]!.largest, total, writer * heads, largest);
        putColumns(out[rank]!.mean, total, writer * heads, mean);
      });
    }
    return out;
  });
}

function nans(count: number): Float64Array {
  return new Float64Array(count).fill(Number.NaN);
}

function compositionsOf(
  weights: ModelWeights,
  { readers, writers, relPos, plan }: CompositionsTask,
): Compositions {
  const rotations = relPos.map((t) => rotationOf(weights.architecture, t));
  return compositions(headsOf(weights, readers), headsOf(weights, writers), rotations, plan, kernels);
}

function mismatch(weights: ModelWeights, { layer, relPos }: MismatchTask): Float64Array[] {
  const { layers, heads, vocabSize, width } = weights.architecture;
  const rotations = relPos.map((t) => rotationOf(weights.architecture, t));
  const chosen = mismatchTokens(vocabSize);
  const rows = matrix(chosen.length, width);
  chosen.forEach((token, at) => {
    rows.data.set(tokenMatrix(weights, weights.embedding, token, 1).data, at * width);
  });
  const readers = headsOf(weights, { from: layer, to: layer + 1 });
  const total = layers * heads;
  const out = rotations.map(() => new Float64Array(heads * total));
  for (let writer = 0; writer < layers; writer++) {
    const writers = headsOf(weights, { from: writer, to: writer + 1 });
    tokenMismatches(readers, writers, rotations, rows, kernels).forEach((values, t) => {
      putColumns(out[t]!, total, writer * heads, values);
    });
  }
  return out;
}

function copying(weights: ModelWeights, { layer, tokens }: CopyingTask): Float64Array {
  const { heads } = weights.architecture;
  const product = new Float64Array(tokens);
  const reading = layerHeads(weights, layer);
  return Float64Array.from({ length: heads }, (_, head) => copyingScore(reading, head, product, kernels));
}

/** The heads of some layers, one after the other. */
function headsOf(weights: ModelWeights, { from, to }: LayerRange): HeadOfLayer[] {
  const { heads } = weights.architecture;
  return Array.from({ length: to - from }, (_, at) => layerHeads(weights, from + at)).flatMap((layer) =>
    Array.from({ length: heads }, (_, head) => ({ heads: layer, head })),
  );
}

function putSubspace(
  { directions, ranks, count }: SharedSubspaces,
  at: number,
  subspace: HeadSubspace,
): void {
  const { cols, data } = subspace.directions;
  new Float64Array(directions, at * count * cols * 8, count * cols).set(data);
  new Int32Array(ranks)[at] = subspace.rank;
}

/** A subspace of those that tasks have put there; its numbers are shared. */
export function subspaceOf(
  { directions, ranks, count }: SharedSubspaces,
  at: number,
  width: number,
): HeadSubspace {
  const shared = new Float64Array(directions, at * count * width * 8, count * width);
  return { directions: matrix(count, width, shared), rank: new Int32Array(ranks)[at]! };
}

/** Puts a matrix of some writers into one of all of them. */
function putColumns(target: Float64Array, total: number, from: number, { rows, cols, data }: Matrix): void {
  for (let row = 0; row < rows; row++) {
    target.set(data.subarray(row * cols, (row + 1) * cols), row * total + from);
  }
}
