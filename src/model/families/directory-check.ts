import type { TensorSource } from '../../checkpoint/tensor-source.js';
import { InputError } from '../../errors.js';
import type { LinearMap, ModelWeights, NormWeights } from '../weights.js';
import type { ModelFamily } from './family.js';

/**
 * A family whose weights are checked against the directory of the checkpoint when they are opened: every tensor of every
 * layer is there, has its shape and holds weights, and layers agree on what they have. No number is read for that, and a
 * tensor that the last layer lacks does not come to light after an hour.
 */
export function withDirectoryCheck(family: ModelFamily): ModelFamily {
  return {
    ...family,
    weights: (source, architecture) => {
      askForEverything(family.weights(withoutReading(source), architecture));
      return family.weights(source, architecture);
    },
  };
}

/** A source whose tensors have the shapes of the directory and hold zeros, all of them the same few bytes. */
function withoutReading(source: TensorSource): TensorSource {
  const storage = new Uint8Array(16);
  return {
    file: source.file,
    names: source.names,
    info: (name) => source.info(name),
    read: (name) => {
      const { dtype = 'float32', shape = [] } = source.info(name) ?? {};
      return { dtype, shape, strides: shape.map(() => 0), offset: 0, storage };
    },
  };
}

function askForEverything(weights: ModelWeights): void {
  weights.embedding(0, 1);
  weights.unembedding(0, 1);
  weights.unembeddingBias();
  weights.positionEmbedding();
  weights.finalNorm();
  let first: readonly string[] | undefined;
  for (let index = 0; index < weights.architecture.layers; index++) {
    const layer = weights.layer(index);
    const added = [...withVector(layer.attention()), ...withVector(layer.mlp() ?? {})];
    first ??= added;
    if (String(added) !== String(first)) {
      throw new InputError(
        `${weights.file}: layer ${index} has a bias of ${list(added)}, but layer 0 of ${list(first)}; download the file again`,
      );
    }
  }
}

/** Maps with a bias, norms with a shift: what a checkpoint may have or lack. */
function withVector(part: object): string[] {
  return Object.entries(part as Readonly<Record<string, Partial<LinearMap & NormWeights> | null>>)
    .filter(([, value]) => value?.bias != null || value?.shift != null)
    .map(([name]) => name);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
