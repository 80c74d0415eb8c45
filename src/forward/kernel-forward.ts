import type { HeadIndex } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';
import { toFloat32 } from '../tensor/decode.js';
import { notFinite } from './check-finite.js';
import { type CheckedRequest, checkRequest } from './check-request.js';
import type { ForwardOutput, ForwardRequest, ForwardStart } from './forward-pass.js';
import { attentionBranch } from './kernel/attention-branch.js';
import { embeddingRows } from './kernel/embedding-rows.js';
import { keepTokens } from './kernel/keep-tokens.js';
import { ForwardMachine } from './kernel/machine.js';
import { mlpBranch } from './kernel/mlp-branch.js';
import { type Panels, panelBytes, readToken, writeToken } from './kernel/panels.js';
import { type PassMemory, planPass, sequencesAtOnce } from './kernel/plan.js';
import { unembed } from './kernel/unembed.js';

let machine: ForwardMachine | undefined;

/**
 * The fast forward pass: WebAssembly SIMD kernels in float32. Weights are read a layer's part at a time and decoded a block of
 * rows at a time, so that memory is bound by the largest matrix and the activations. Each sequence's results are the
 * same bits whatever others are run beside it, on every machine.
 * @throws InputError as every forward pass, and where the memory does not suffice
 */
export function kernelForward(weights: ModelWeights, request: ForwardRequest): ForwardOutput<Float32Array> {
  const asked = checkRequest(weights, request);
  const { architecture } = weights;
  machine ??= new ForwardMachine();
  const results = emptyResults(weights, request, asked);
  const most = sequencesAtOnce(architecture, asked.length);
  for (let first = 0; first < asked.sequences; first += most) {
    const count = Math.min(most, asked.sequences - first);
    const memory = planPass(machine, architecture, count, asked.length);
    runSequences(machine, memory, weights, asked, request.start, first, results);
  }
  return results;
}

type Results = {
  -readonly [Key in keyof ForwardOutput<Float32Array>]: ForwardOutput<Float32Array>[Key];
} & {
  readonly attention?: Map<HeadIndex, Float32Array>;
  readonly residuals?: Map<number, Float32Array>;
};

function emptyResults(
  { architecture: { width, vocabSize } }: ModelWeights,
  request: ForwardRequest,
  { sequences, length, attention, residuals, predictions, logits }: CheckedRequest,
): Results {
  const maps = [...attention].map((head) => [head, new Float32Array(sequences * length * length)] as const);
  const streams = [...residuals].map(
    (layer) => [layer, new Float32Array(sequences * length * width)] as const,
  );
  return {
    ...(predictions && {
      losses: new Float32Array(sequences * (length - 1)).fill(Number.NaN),
      predictions: new Int32Array(sequences * length).fill(-1),
    }),
    ...(logits.length > 0 && { logits: new Float32Array(sequences * logits.length * vocabSize) }),
    ...(request.attention !== undefined && { attention: new Map(maps) }),
    ...(request.residuals !== undefined && { residuals: new Map(streams) }),
  };
}

/** Runs some sequences, from number `first` on, and writes their results. */
function runSequences(
  own: ForwardMachine,
  memory: PassMemory,
  weights: ModelWeights,
  asked: CheckedRequest,
  start: ForwardStart | undefined,
  first: number,
  results: Results,
): void {
  const { architecture, file } = weights;
  const { kernels } = own;
  const { x, y, branch } = memory;
  let current = memory;
  let bytes = memory.panels * panelBytes(x);
  const checkBranch = (at: number, what: string) => {
    if (kernels.allFinite(at, bytes) === 0) throw notFinite(what, file);
  };
  const kept = keptTokens(memory, asked);
  const keep = (streams: readonly Panels[]) => {
    if (kept.length === memory.sequences * memory.tokens || current !== memory) return;
    current = keepTokens(own, memory, kept, streams);
    bytes = current.panels * panelBytes(x);
  };
  begin(own, memory, weights, asked, start, first);
  checkBranch(x.at, start ? `the residual stream before layer ${start.layer}` : 'the embedding');

  const end = asked.lastLayer;
  const isUnembedded = kept.length > 0;
  for (let layer = asked.firstLayer; layer < end; layer++) {
    keepResidual(own, memory, layer, first, results);
    const mapsAlone =
      architecture.residual === 'none' || (layer === end - 1 && !isUnembedded && !asked.residuals.has(end));
    const wish = {
      heads: asked.attention,
      take: (head: HeadIndex, sequence: number, map: Float32Array) =>
        results.attention!.get(head)!.set(map, (first + sequence) * map.length),
      mapsAlone,
    };
    const part = weights.layer(layer);
    attentionBranch(own, memory, architecture, part.attention(), layer, wish);
    if (mapsAlone) continue;
    checkBranch(branch.at, `attention of layer ${layer}`);
    if (layer === end - 1 && isUnembedded && !asked.residuals.has(end)) keep([x, branch]);
    const parallel = architecture.residual === 'parallel';
    if (!parallel) kernels.addTerms(x.at, branch.at, bytes);
    const mlp = part.mlp();
    if (mlp !== null) {
      mlpBranch(own, current, architecture, mlp);
      checkBranch(y.at, `the feed-forward part of layer ${layer}`);
    }
    if (parallel) kernels.addTerms(x.at, branch.at, bytes);
    if (mlp !== null) kernels.addTerms(x.at, y.at, bytes);
  }
  keepResidual(own, memory, end, first, results);
  if (!isUnembedded) return;
  keep([x]);
  takeUnembedded(own, current, weights, asked, kept, first, results);
}

/** Tokens of the pass that are unembedded, in order. */
function keptTokens({ sequences, tokens }: PassMemory, { unembedded }: CheckedRequest): Int32Array {
  const { length } = unembedded;
  return Int32Array.from({ length: sequences * length }, (_, place) => {
    return Math.floor(place / length) * tokens + unembedded[place % length]!;
  });
}

/** The residual stream before the first layer that is computed. */
function begin(
  own: ForwardMachine,
  { x, panels, sequences }: PassMemory,
  weights: ModelWeights,
  { tokens, length }: CheckedRequest,
  start: ForwardStart | undefined,
  first: number,
): void {
  const { width: d, embeddingScale } = weights.architecture;
  const values = own.floats(x.at, panels * 8 * d);
  values.fill(0, (panels - 1) * 8 * d);
  const count = sequences * length;
  if (start) {
    for (let t = 0; t < count; t++) {
      const at = (first * length + t) * d;
      writeToken(values, d, t, start.residual.subarray(at, at + d));
    }
    return;
  }
  const position = weights.positionEmbedding();
  const added = position && toFloat32(position);
  const here = tokens.subarray(first * length, first * length + count);
  const rows = embeddingRows(weights, here);
  const sum = new Float32Array(d);
  here.forEach((token, t) => {
    const row = rows.get(token)!;
    const at = (t % length) * d;
    // The scaled embedding is rounded to float32, as models do, before the position is added.
    for (let i = 0; i < d; i++) sum[i] = Math.fround(row[i]! * embeddingScale) + (added?.[at + i] ?? 0);
    writeToken(values, d, t, sum);
  });
}

function keepResidual(
  own: ForwardMachine,
  { x, panels, sequences, tokens }: PassMemory,
  layer: number,
  first: number,
  { residuals }: Results,
): void {
  const target = residuals?.get(layer);
  if (target === undefined) return;
  const d = x.features;
  const values = own.floats(x.at, panels * 8 * d);
  for (let t = 0; t < sequences * tokens; t++) {
    const at = (first * tokens + t) * d;
    readToken(values, d, t, target.subarray(at, at + d));
  }
}

/** @param kept tokens of the pass that the residual stream is left of */
function takeUnembedded(
  own: ForwardMachine,
  memory: PassMemory,
  weights: ModelWeights,
  { tokens, length, logits, unembedded, predicted }: CheckedRequest,
  kept: Int32Array,
  first: number,
  results: Results,
): void {
  const at = first * length;
  const size = weights.architecture.vocabSize;
  const places = new Map(unembedded.map((position, place) => [position, place]));
  const found = unembed(own, memory, weights, {
    targets: kept.map((token) => ((token + 1) % length === 0 ? -1 : tokens[at + token + 1]!)),
    logits: Int32Array.from({ length: memory.sequences * logits.length }, (_, place) => {
      const sequence = Math.floor(place / logits.length);
      return sequence * unembedded.length + places.get(logits[place % logits.length]!)!;
    }),
    take: (place, from, values) => results.logits!.set(values, (first * logits.length + place) * size + from),
  });
  kept.forEach((token, place) => {
    const t = token % length;
    if (!predicted.has(t)) return;
    const sequence = first + Math.floor(token / length);
    results.predictions![sequence * length + t] = found.predictions[place]!;
    if (t + 1 < length) results.losses![sequence * (length - 1) + t] = found.losses[place]!;
  });
}
