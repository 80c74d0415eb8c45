import { type RowRange, tensorOfFloat64 } from '../checkpoint/tensor-source.js';
import type { Tensor } from '../tensor/tensor.js';
import type { NormRule } from './architecture.js';
import { decodeFloat64, sizeOfMap } from './decode-map.js';
import type { AttentionWeights, LinearMap, ModelWeights, NormWeights } from './weights.js';

/**
 * The same model with the gains and shifts of the norms before attention moved into what reads their output:
 * W (γ ⊙ x̂ + β) + b = (W diag γ) x̂ + (W β + b). Where the norm is a LayerNorm, x̂ has mean 0, so each row's mean is taken
 * off as well: it reads nothing. The forward pass is the same up to rounding; measures of the weights then see what a head
 * reads of the residual stream. Feed-forward layers, the final norm, and the norms of heads' queries and keys stay.
 * Without norms the weights are left as they are.
 * Source: MODELS section 2; TransformerLens `fold_layer_norm`, `center_writing_weights`.
 */
export function foldNorm(weights: ModelWeights): ModelWeights {
  const { norm } = weights.architecture;
  if (norm === null) return weights;
  return {
    ...weights,
    layer: (index) => {
      const layer = weights.layer(index);
      return { attention: () => foldAttention(layer.attention(), norm), mlp: () => layer.mlp() };
    },
  };
}

function foldAttention(attention: AttentionWeights, rule: NormRule): AttentionWeights {
  const { norm } = attention;
  if (norm === null) return attention;
  return {
    ...attention,
    norm: { gain: null, shift: null },
    query: foldMap(attention.query, norm, rule),
    key: foldMap(attention.key, norm, rule),
    value: foldMap(attention.value, norm, rule),
  };
}

function foldMap(map: LinearMap, { gain, shift }: NormWeights, { kind }: NormRule): LinearMap {
  const { out, in: cols } = sizeOfMap(map);
  const foldRows = ({ from, count }: RowRange): Tensor => {
    const values = decodeFloat64(map, from, count);
    for (let row = 0; row < count; row++) {
      const weights = values.subarray(row * cols, (row + 1) * cols);
      if (gain !== null) for (let col = 0; col < cols; col++) weights[col]! *= gain[col]!;
      if (kind === 'layer') takeMeanOff(weights);
    }
    return tensorOfFloat64(values, [count, cols]);
  };
  let bias: Float64Array | undefined;
  return {
    weight: { shape: [out, cols], read: (rows = { from: 0, count: out }) => foldRows(rows) },
    rows: null,
    // It takes all of W, and measures of the weights have no use for it.
    get bias() {
      if (shift === null) return map.bias;
      bias ??= foldBias(map, shift);
      return bias;
    },
  };
}

/** W β + b */
function foldBias(map: LinearMap, shift: Float64Array): Float64Array {
  const { out, in: cols } = sizeOfMap(map);
  const values = decodeFloat64(map);
  const bias = map.bias?.slice() ?? new Float64Array(out);
  for (let row = 0; row < out; row++) bias[row]! += dot(values.subarray(row * cols, (row + 1) * cols), shift);
  return bias;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function takeMeanOff(values: Float64Array): void {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  const mean = sum / values.length;
  for (let at = 0; at < values.length; at++) values[at]! -= mean;
}
