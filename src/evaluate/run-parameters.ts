import { decodeFloat32 } from '../model/decode-map.js';
import { copyingLayerNames, copyingNames } from '../model/families/copying-names.js';
import { findParameter, type ParameterLayout } from '../model/parameters.js';
import type { LinearMap, ModelWeights, NormWeights } from '../model/weights.js';
import { toFloat32 } from '../tensor/decode.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * Weights of the published TFModel as the flat array that its engine loads: the inverse of reading them, bit for bit where
 * nothing is edited. What the architecture does not use (`ln_2` without a feed-forward part, …) is 0.
 */
export function parametersOfWeights(weights: ModelWeights, layout: ParameterLayout): Float32Array {
  const values = new Float32Array(layout.length);
  const put = (name: string, numbers: ArrayLike<number> | null | undefined) => {
    if (numbers != null) values.set(numbers, findParameter(layout, name).offset);
  };
  const putTensor = (name: string, tensor: Tensor | null) => put(name, tensor && toFloat32(tensor));
  const putMap = (name: string, map: LinearMap) => {
    put(`${name}.weight`, decodeFloat32(map));
    put(`${name}.bias`, map.bias);
  };
  const putNorm = (name: string, norm: NormWeights | null) => {
    put(`${name}.weight`, norm?.gain);
    put(`${name}.bias`, norm?.shift);
  };
  const { vocabSize, layers } = weights.architecture;
  putTensor(copyingNames.embedding, weights.embedding(0, vocabSize));
  putTensor(copyingNames.positions, weights.positionEmbedding());
  for (let layer = 0; layer < layers; layer++) {
    const read = weights.layer(layer);
    const attention = read.attention();
    const names = copyingLayerNames(layer);
    putTensor(names.scoreBias, attention.scoreBias);
    putMap(names.query, attention.query);
    putMap(names.key, attention.key);
    putMap(names.value, attention.value);
    putMap(names.output, attention.output);
    putNorm(names.attentionNorm, attention.norm);
    const mlp = read.mlp();
    if (mlp === null) continue;
    putNorm(names.mlpNorm, mlp.norm);
    putMap(names.up, mlp.up);
    putMap(names.down, mlp.down);
  }
  putNorm(copyingNames.finalNorm, weights.finalNorm());
  putTensor(`${copyingNames.unembedding}.weight`, weights.unembedding(0, vocabSize));
  put(`${copyingNames.unembedding}.bias`, weights.unembeddingBias());
  return values;
}
