import { type TensorInfo, type TensorSource, tensorMissing } from '../checkpoint/tensor-source.js';
import type { Architecture } from '../model/architecture.js';
import { familyByName } from '../model/families/registry.js';
import { bytesPerElement } from '../tensor/dtype.js';
import { contiguousStrides, elementCount } from '../tensor/tensor.js';

/** What a job reads of a model: what attention is made of, that and the matrices of the vocabulary, or all. */
export type Needed = 'attention' | 'vocabulary' | 'everything';

/**
 * The tensors that a job will read, found without reading any: a family that is asked for a part looks up its tensors by name,
 * and here those that it looks up are noted.
 * @throws InputError as the family, where tensors are missing or of other shapes
 */
export function neededTensors(
  source: TensorSource,
  architecture: Architecture,
  needed: Needed,
): TensorInfo[] {
  if (needed === 'everything') return infosOf(source, source.names);
  const names = new Set<string>();
  const noting: TensorSource = {
    ...source,
    info: (name) => {
      names.add(name);
      return source.info(name);
    },
    read: (name, rows) => {
      names.add(name);
      const { dtype, shape: whole } = source.info(name) ?? tensorMissing(source.file, name);
      const shape = rows === undefined ? whole : [rows.count, ...whole.slice(1)];
      const storage = new Uint8Array(elementCount(shape) * bytesPerElement[dtype]);
      return { dtype, shape, strides: contiguousStrides(shape), offset: 0, storage };
    },
  };
  const weights = familyByName(architecture.family).weights(noting, architecture);
  // What the family looked up to find its way is not read.
  names.clear();
  for (let layer = 0; layer < architecture.layers; layer++) weights.layer(layer).attention();
  if (needed === 'vocabulary') {
    weights.embedding(0, 1);
    weights.unembedding(0, 1);
  }
  return infosOf(source, [...names]);
}

function infosOf(source: TensorSource, names: readonly string[]): TensorInfo[] {
  return names.flatMap((name) => source.info(name) ?? []);
}
