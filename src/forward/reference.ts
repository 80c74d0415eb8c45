import type { NormRule } from '../model/architecture.js';
import type { HeadIndex } from '../model/heads.js';
import type { AttentionWeights, MlpWeights, ModelWeights, NormWeights } from '../model/weights.js';
import { toFloat64 } from '../tensor/decode.js';
import { checkFinite } from './check-finite.js';
import { type CheckedRequest, checkRequest } from './check-request.js';
import type { ForwardOutput, ForwardPass, ForwardRequest } from './forward-pass.js';
import { activations } from './reference/activation.js';
import { attend, type ScoreBias } from './reference/attention.js';
import { applyMap, denseMap } from './reference/dense-map.js';
import { normalize } from './reference/norm.js';
import { rotatePairs } from './reference/rotary.js';

/**
 * The readable forward pass: plain loops in float64, a layer at a time over all sequences. The one through kernels is held
 * to it by a conformance suite, and it to PyTorch.
 */
export const referenceForward = ((weights: ModelWeights, request: ForwardRequest) => {
  const asked = checkRequest(weights, request);
  const { architecture } = weights;
  const residuals = new Map<number, Float64Array>();
  const attention = new Map<HeadIndex, Float64Array>();
  let x: Float64Array = request.start
    ? Float64Array.from(request.start.residual)
    : embed(weights, asked.tokens, asked.length);

  const keep = (layer: number) => {
    if (asked.residuals.has(layer)) residuals.set(layer, x.slice());
  };
  for (let layer = asked.firstLayer; layer < asked.lastLayer; layer++) {
    keep(layer);
    const changed = runLayer(weights, layer, x, asked, attention);
    if (architecture.residual !== 'none') x = changed;
  }
  keep(asked.lastLayer);

  return {
    ...(asked.unembedded.length > 0 ? unembed(weights, x, asked) : {}),
    ...(request.attention === undefined ? {} : { attention }),
    ...(request.residuals === undefined ? {} : { residuals }),
  };
}) satisfies ForwardPass;

/** The residual stream before the first layer: scale·E[token], plus the position's vector where positions are learned. */
function embed(weights: ModelWeights, tokens: Int32Array, length: number): Float64Array {
  const { width: d, embeddingScale } = weights.architecture;
  const position = weights.positionEmbedding();
  const added = position === null ? null : toFloat64(position);
  const x = new Float64Array(tokens.length * d);
  tokens.forEach((token, at) => {
    const row = toFloat64(weights.embedding(token, 1));
    for (let i = 0; i < d; i++) {
      x[at * d + i] = row[i]! * embeddingScale + (added?.[(at % length) * d + i] ?? 0);
    }
  });
  checkFinite(x, 'the embedding', weights.file);
  return x;
}

/** The residual stream after a layer. */
function runLayer(
  weights: ModelWeights,
  layer: number,
  x: Float64Array,
  asked: CheckedRequest,
  kept: Map<HeadIndex, Float64Array>,
): Float64Array {
  const { architecture, file } = weights;
  const attended = attentionBranch(architecture, weights.layer(layer).attention(), layer, x, asked, kept);
  checkFinite(attended, `attention of layer ${layer}`, file);
  const between = sum(x, attended);
  const mlp = weights.layer(layer).mlp();
  if (mlp === null) return between;
  const fed = mlpBranch(architecture, mlp, architecture.residual === 'parallel' ? x : between);
  checkFinite(fed, `the feed-forward part of layer ${layer}`, file);
  return sum(between, fed);
}

type Shape = ModelWeights['architecture'];

/** What attention adds to the residual stream, for all sequences. */
function attentionBranch(
  architecture: Shape,
  weights: AttentionWeights,
  layer: number,
  x: Float64Array,
  { sequences, length, attention }: CheckedRequest,
  kept: Map<HeadIndex, Float64Array>,
): Float64Array {
  const { heads, keyHeads, headWidth: h, width: d, norm, positions } = architecture;
  const input = normIfAny(x, d, norm, weights.norm);
  const { clip, windows } = architecture.attention;
  const project = (map: AttentionWeights['query']) => {
    const y = applyMap(denseMap(map), input);
    return clip === null ? y : y.map((value) => Math.min(Math.max(value, -clip), clip));
  };
  const query = normIfAny(project(weights.query), h, norm, weights.queryNorm);
  const key = normIfAny(project(weights.key), h, norm, weights.keyNorm);
  const value = project(weights.value);
  const bias = scoreBias(weights);

  const attended = new Float64Array(query.length);
  for (let sequence = 0; sequence < sequences; sequence++) {
    const own = (values: Float64Array) => {
      const size = values.length / sequences;
      return values.subarray(sequence * size, (sequence + 1) * size);
    };
    if (positions.kind === 'rotary') {
      rotatePairs(own(query), heads, h, positions.frequencies);
      rotatePairs(own(key), keyHeads, h, positions.frequencies);
    }
    const projections = { query: own(query), key: own(key), value: own(value) };
    const { out, weights: maps } = attend(projections, architecture, windows[layer] ?? null, bias);
    own(attended).set(out);
    for (let head = 0; head < heads; head++) {
      const index = layer * heads + head;
      if (!attention.has(index)) continue;
      if (!kept.has(index)) kept.set(index, new Float64Array(sequences * length * length));
      const map = maps.subarray(head * length * length, (head + 1) * length * length);
      kept.get(index)!.set(map, sequence * length * length);
    }
  }
  return normIfAny(applyMap(denseMap(weights.output), attended), d, norm, weights.outputNorm);
}

/** What the feed-forward layer adds to the residual stream. */
function mlpBranch({ width: d, norm, mlp }: Shape, weights: MlpWeights, x: Float64Array): Float64Array {
  const act = activations[mlp!.activation];
  const input = normIfAny(x, d, norm, weights.norm);
  const up = applyMap(denseMap(weights.up), input);
  const gate = weights.gate && applyMap(denseMap(weights.gate), input);
  const hidden = gate === null ? up.map(act) : up.map((value, i) => act(gate[i]!) * value);
  return normIfAny(applyMap(denseMap(weights.down), hidden), d, norm, weights.outputNorm);
}

/** Losses, predictions and logits, a position at a time. */
function unembed(weights: ModelWeights, x: Float64Array, asked: CheckedRequest): ForwardOutput<Float64Array> {
  const { width: d, vocabSize: size, finalNorm, logitSoftcap: cap } = weights.architecture;
  const { sequences, length, tokens } = asked;
  const input = normIfAny(x, d, finalNorm, weights.finalNorm());
  const rows = toFloat64(weights.unembedding(0, size));
  const map = { out: size, input: d, weight: rows, bias: weights.unembeddingBias() };
  const losses = new Float64Array(sequences * (length - 1)).fill(Number.NaN);
  const predictions = new Int32Array(sequences * length).fill(-1);
  const logits = new Float64Array(sequences * asked.logits.length * size);
  for (let at = 0; at < tokens.length; at++) {
    const [sequence, t] = [Math.floor(at / length), at % length];
    if (!asked.unembedded.includes(t)) continue;
    const plain = applyMap(map, input.subarray(at * d, (at + 1) * d));
    const row = cap === null ? plain : plain.map((logit) => cap * Math.tanh(logit / cap));
    checkFinite(row, 'the unembedding', weights.file);
    asked.logits.forEach((position, p) => {
      if (position === t) logits.set(row, (sequence * asked.logits.length + p) * size);
    });
    if (!asked.predicted.has(t)) continue;
    const largest = row.reduce((a, b) => Math.max(a, b));
    predictions[at] = row.indexOf(largest);
    if (t + 1 < length) {
      let total = 0;
      for (const logit of row) total += Math.exp(logit - largest);
      losses[sequence * (length - 1) + t] = Math.log(total) + largest - row[tokens[at + 1]!]!;
    }
  }
  return {
    ...(asked.predictions ? { losses, predictions } : {}),
    ...(asked.logits.length > 0 ? { logits } : {}),
  };
}

function normIfAny(x: Float64Array, d: number, rule: NormRule | null, weights: NormWeights | null) {
  return rule === null || weights === null ? x : normalize(x, d, rule, weights);
}

function scoreBias({ scoreBias }: AttentionWeights): ScoreBias | null {
  return scoreBias && { values: toFloat64(scoreBias), size: scoreBias.shape[1]! };
}

function sum(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => value + y[i]!);
}
