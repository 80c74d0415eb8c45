import { headWidth, type ModelConfig } from '../config.js';
import { dropoutSite } from '../dropout.js';
import { copyingLayerNames, copyingNames } from '../families/copying-names.js';
import { type AttentionShape, attention, attentionBackward, type Projections } from './attention.js';
import { layerNorm, layerNormBackward, type Normalized } from './layer-norm.js';
import { type LinearPair, linear, linearBackward } from './linear.js';
import { rotate } from './rotary.js';

/** The part of a flat array that belongs to a parameter, by name: values, or gradients. */
export type Named = (name: string) => Float64Array;

/** Factors of dropout at a place of the model, T×d: 0 or 1/(1-p); null where nothing is dropped. */
export type Masks = (layer: number, site: number) => Float64Array | null;

/** What the backward pass needs of a block. */
interface BlockTape {
  readonly norm1: Normalized | null;
  readonly input1: Float64Array;
  readonly projections: Projections;
  readonly weights: Float64Array;
  readonly attended: Float64Array;
  readonly mask1: Float64Array | null;
  readonly norm2: Normalized | null;
  readonly input2: Float64Array;
  readonly hidden: Float64Array;
  readonly mask2: Float64Array | null;
}

/** A sequence's way through the model. */
export interface SequenceTape {
  /** T×V. */
  readonly logits: Float64Array;
  /** The residual stream before each block and after the last, each T×d. */
  readonly residuals: readonly Float64Array[];
  readonly blocks: readonly BlockTape[];
  readonly normF: Normalized | null;
  readonly inputF: Float64Array;
}

const pair = (named: Named, name: string): LinearPair => ({
  weight: named(`${name}.weight`),
  bias: named(`${name}.bias`),
});

/**
 * Forward pass of one sequence: embedding, blocks, final norm, `fc`.
 * x ← x + dropout(attention(ln_1(x))); with an MLP, x ← x + dropout(fc2(relu(fc1(ln_2(x))))).
 * Source: the published `TFModel.forward`.
 */
export function forwardSequence(
  config: ModelConfig,
  weights: Named,
  tokens: ArrayLike<number>,
  masks: Masks,
): SequenceTape {
  const { d_model: d, max_seq_len: length } = config;
  const embedding = weights(copyingNames.embedding);
  const positions = config.pos === null ? weights(copyingNames.positions) : null;
  let x: Float64Array = new Float64Array(length * d);
  for (let t = 0; t < length; t++) {
    for (let i = 0; i < d; i++) x[t * d + i] = embedding[tokens[t]! * d + i]! + (positions?.[t * d + i] ?? 0);
  }
  const residuals = [x];
  const blocks: BlockTape[] = [];
  for (let layer = 0; layer < config.num_layers; layer++) {
    // The published expression discards the block's output when there is no residual.
    if (config.residual) {
      const { tape, out } = forwardBlock(config, weights, layer, x, masks);
      blocks.push(tape);
      x = out;
    }
    residuals.push(x);
  }
  const normF = config.output_norm ? layerNorm(x, pair(weights, copyingNames.finalNorm)) : null;
  const inputF = normF?.y ?? x;
  const unembedding = pair(weights, copyingNames.unembedding);
  return {
    logits: linear(inputF, unembedding.weight, unembedding.bias),
    residuals,
    blocks,
    normF,
    inputF,
  };
}

/** Backward pass of one sequence, from the gradient of its logits (T×V); adds to the named gradients. */
export function backwardSequence(
  config: ModelConfig,
  weights: Named,
  gradients: Named,
  tokens: ArrayLike<number>,
  tape: SequenceTape,
  dLogits: Float64Array,
): void {
  const d = config.d_model;
  const { finalNorm, unembedding } = copyingNames;
  const { weight } = pair(weights, unembedding);
  let dx = linearBackward(tape.inputF, weight, dLogits, pair(gradients, unembedding));
  if (tape.normF) {
    dx = layerNormBackward(tape.normF, pair(weights, finalNorm).weight, dx, pair(gradients, finalNorm));
  }
  for (let layer = tape.blocks.length - 1; layer >= 0; layer--) {
    dx = backwardBlock(config, weights, gradients, layer, tape.blocks[layer]!, dx);
  }
  const dEmbedding = gradients(copyingNames.embedding);
  const dPositions = config.pos === null ? gradients(copyingNames.positions) : null;
  for (let at = 0; at < dx.length; at++) {
    dEmbedding[tokens[Math.floor(at / d)]! * d + (at % d)]! += dx[at]!;
    if (dPositions) dPositions[at]! += dx[at]!;
  }
}

function attentionShape(config: ModelConfig, weights: Named, layer: number): AttentionShape {
  return {
    heads: config.num_heads,
    width: headWidth(config),
    length: config.max_seq_len,
    linear: config.linear_attn,
    bias: config.pos === 'relative' ? weights(copyingLayerNames(layer).scoreBias) : null,
  };
}

function forwardBlock(config: ModelConfig, weights: Named, layer: number, x: Float64Array, masks: Masks) {
  const names = copyingLayerNames(layer);
  const at = (name: string) => pair(weights, name);
  const apply = (name: string, input: Float64Array) => linear(input, at(name).weight, at(name).bias);
  const shape = attentionShape(config, weights, layer);

  const norm1 = config.norm ? layerNorm(x, at(names.attentionNorm)) : null;
  const input1 = norm1?.y ?? x;
  const projections = {
    q: apply(names.query, input1),
    k: apply(names.key, input1),
    v: apply(names.value, input1),
  };
  if (config.pos === 'rotary') {
    rotate(projections.q, shape.heads, shape.width, config.rotary_theta, 1);
    rotate(projections.k, shape.heads, shape.width, config.rotary_theta, 1);
  }
  const { out: attended, weights: attentionWeights } = attention(projections, shape);
  const mask1 = masks(layer, dropoutSite.attention);
  let out = added(x, apply(names.output, attended), mask1);

  let norm2: Normalized | null = null;
  let input2 = out;
  let hidden: Float64Array = new Float64Array(0);
  let mask2: Float64Array | null = null;
  if (config.mlp) {
    norm2 = config.norm ? layerNorm(out, at(names.mlpNorm)) : null;
    input2 = norm2?.y ?? out;
    hidden = apply(names.up, input2).map((value) => Math.max(value, 0));
    mask2 = masks(layer, dropoutSite.feedForward);
    out = added(out, apply(names.down, hidden), mask2);
  }
  const tape: BlockTape = {
    norm1,
    input1,
    projections,
    weights: attentionWeights,
    attended,
    mask1,
    norm2,
    input2,
    hidden,
    mask2,
  };
  return { tape, out };
}

function backwardBlock(
  config: ModelConfig,
  weights: Named,
  gradients: Named,
  layer: number,
  tape: BlockTape,
  dOut: Float64Array,
): Float64Array {
  const names = copyingLayerNames(layer);
  const back = (part: string, input: Float64Array, dy: Float64Array) =>
    linearBackward(input, pair(weights, part).weight, dy, pair(gradients, part));
  const backNorm = (part: string, norm: Normalized | null, dy: Float64Array) =>
    norm ? layerNormBackward(norm, pair(weights, part).weight, dy, pair(gradients, part)) : dy;

  let dx = dOut;
  if (config.mlp) {
    const dHidden = back(names.down, tape.hidden, masked(dx, tape.mask2));
    const dActive = dHidden.map((value, i) => (tape.hidden[i]! > 0 ? value : 0));
    dx = added(dx, backNorm(names.mlpNorm, tape.norm2, back(names.up, tape.input2, dActive)), null);
  }
  const shape = attentionShape(config, weights, layer);
  const dAttended = back(names.output, tape.attended, masked(dx, tape.mask1));
  const dBias = shape.bias && gradients(names.scoreBias);
  const dProjections = attentionBackward(tape.projections, tape.weights, dAttended, dBias, shape);
  if (config.pos === 'rotary') {
    rotate(dProjections.q, shape.heads, shape.width, config.rotary_theta, -1);
    rotate(dProjections.k, shape.heads, shape.width, config.rotary_theta, -1);
  }
  const dInput = [
    back(names.query, tape.input1, dProjections.q),
    back(names.key, tape.input1, dProjections.k),
    back(names.value, tape.input1, dProjections.v),
  ].reduce((sum, part) => added(sum, part, null));
  return added(dx, backNorm(names.attentionNorm, tape.norm1, dInput), null);
}

function masked(x: Float64Array, mask: Float64Array | null): Float64Array {
  return mask ? x.map((value, i) => value * mask[i]!) : x;
}

function added(x: Float64Array, y: Float64Array, mask: Float64Array | null): Float64Array {
  return x.map((value, i) => value + y[i]! * (mask?.[i] ?? 1));
}
