import { InputError } from '../errors.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import type { HeadIndex } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';
import { compositionOf } from './composition.js';

/** Heads by the strongest z-score of a pair in which they read, the strongest first. */
export function composingHeads(weights: ModelWeights, algebra: LinearAlgebra): HeadIndex[] {
  const { layers, heads } = weights.architecture;
  if (layers < 2) throw new InputError(`${weights.file}: a model of one layer has no pairs that compose`);
  const readers = Array.from({ length: (layers - 1) * heads }, (_, at) => at + heads);
  const strength = new Map(
    readers.map((reader) => {
      const writers = Array.from({ length: Math.floor(reader / heads) * heads }, (_, at) => at);
      const scores = writers.map((writer) => compositionOf(weights, { writer, reader }, 1, algebra).zScore);
      return [
        reader,
        scores.reduce((most, score) => (score > most ? score : most), Number.NEGATIVE_INFINITY),
      ];
    }),
  );
  return readers.sort((a, b) => strength.get(b)! - strength.get(a)! || a - b);
}
