import { InputError } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import type { HeadIndex } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';
import { type HeadCircuit, replaceCircuits } from './exchange-heads.js';
import type { Intervention } from './intervention.js';

/**
 * A whole layer, norms and feed-forward part included, is that of another checkpoint. With a checkpoint's own layer the
 * weights are the same, bit for bit.
 * @throws InputError when the two are not of one architecture
 */
export function transplantLayer(donor: ModelWeights, layer: number): Intervention {
  return (weights) => {
    checkSame(weights, donor);
    return { ...weights, layer: (index) => (index === layer ? donor : weights).layer(index) };
  };
}

/** The embedding is that of another checkpoint: what its lower layers were trained on. @throws InputError as `transplantLayer` */
export function transplantEmbedding(donor: ModelWeights): Intervention {
  return (weights) => {
    checkSame(weights, donor);
    return { ...weights, embedding: donor.embedding, positionEmbedding: () => donor.positionEmbedding() };
  };
}

/** Heads' QK or OV circuits, biases included, are those that the same heads have in another checkpoint. @throws InputError as `transplantLayer` */
export function transplantCircuits(
  donor: ModelWeights,
  heads: readonly HeadIndex[],
  circuit: HeadCircuit,
): Intervention {
  return (weights) => {
    checkSame(weights, donor);
    return replaceCircuits(
      weights,
      donor,
      heads.map((head) => ({ target: head, source: head })),
      { circuit, biases: true },
    );
  };
}

const sizes = [
  'family',
  'layers',
  'heads',
  'keyHeads',
  'headWidth',
  'width',
  'vocabSize',
] as const satisfies readonly (keyof Architecture)[];

function checkSame(weights: ModelWeights, donor: ModelWeights): void {
  const different = sizes.find((size) => weights.architecture[size] !== donor.architecture[size]);
  if (different === undefined) return;
  const [own, other] = [weights, donor].map(({ architecture }) => architecture[different]);
  throw new InputError(
    `${donor.file}: its ${different} is ${other}, that of ${weights.file} is ${own}; transplants need checkpoints of one run`,
  );
}
