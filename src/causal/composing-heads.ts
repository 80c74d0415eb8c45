import { InputError } from '../errors.js';
import { antiCausalNull } from '../measures/anti-causal-null.js';
import type { HeadIndex } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';
import { measureWeights } from '../series/measure-weights.js';

/**
 * Heads that read, by the smallest q-value of the z-scores of the pairs they read in; of equal ones, by the largest z-score.
 * Without a null to compare with, as in a model of one head a layer, by the z-score alone.
 * @throws InputError for a model of one layer, and where weights cannot be read
 */
export async function composingHeads(weights: ModelWeights): Promise<HeadIndex[]> {
  const { layers, heads } = weights.architecture;
  if (layers < 2) throw new InputError(`${weights.file}: a model of one layer has no pairs that compose`);
  const { pairs } = await measureWeights(weights, { measures: ['z_score'], relPos: [0] });
  const { values } = pairs[0]!;
  const total = layers * heads;
  const q = antiCausalNull(values, { layers, heads }, 'highest')?.q;
  const readers = Array.from({ length: total - heads }, (_, at) => at + heads);
  const strength = new Map(
    readers.map((reader) => {
      let [smallest, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let writer = 0; writer < reader - (reader % heads); writer++) {
        const at = reader * total + writer;
        if (q !== undefined && q[at]! < smallest) smallest = q[at]!;
        if (values[at]! > largest) largest = values[at]!;
      }
      return [reader, { smallest, largest }];
    }),
  );
  return readers.sort((a, b) => {
    const [first, second] = [strength.get(a)!, strength.get(b)!];
    if (first.smallest !== second.smallest) return first.smallest - second.smallest;
    return second.largest - first.largest || a - b;
  });
}
