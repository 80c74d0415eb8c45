import { storedTensor } from '../../model/stored-matrix.js';
import type { ModelWeights } from '../../model/weights.js';
import { notFinite } from '../check-finite.js';
import { forBlocksOfRows, multiplyRows } from './linear-map.js';
import type { ForwardMachine } from './machine.js';
import { applyNorm, placeNorm } from './norm.js';
import { type Panels, panelBytes } from './panels.js';
import type { PassMemory } from './plan.js';

/** Bytes of the unembedding read at once. */
const bytesAtOnce = 16 * 2 ** 20;

/** What is wanted of the unembedding, for the tokens of the pass. */
export interface UnembeddingWish {
  /** Of each token the one to come, or -1: its loss is computed. */
  readonly targets: Int32Array;
  /** Tokens whose logits are taken. */
  readonly logits: Int32Array;
  /** Takes `count` logits of the `place`-th of them, from token `from` of the vocabulary on. */
  take(place: number, from: number, values: Float32Array): void;
}

/** Of each token of the pass. */
export interface Unembedded {
  /** -log of the target's probability; meaningless where there is no target. */
  readonly losses: Float32Array;
  /** The token of the largest logit, the first of equals. */
  readonly predictions: Int32Array;
}

/**
 * Final norm, then a block of the vocabulary after the other: only a block's logits are ever held.
 * @throws InputError where a logit is NaN or infinite
 */
export function unembed(
  machine: ForwardMachine,
  memory: PassMemory,
  weights: ModelWeights,
  wish: UnembeddingWish,
): Unembedded {
  const { kernels } = machine;
  const { finalNorm: rule, width: d, vocabSize, logitSoftcap } = weights.architecture;
  const { panels, x, y, weights: room } = memory;
  const tokens = wish.targets.length;
  const positions = panels * 8;
  const found = rule && weights.finalNorm();
  let input: Panels = x;
  if (rule && found) {
    const placed = placeNorm(machine, memory.norm, d, rule, found);
    applyNorm(machine, placed, x.at, y.at, { row: 32, blocks: panels, step: panelBytes(x) });
    input = y;
  }

  const work = memory.fold;
  machine.integers(work.targets, positions).fill(-1).set(wish.targets);
  machine.floats(work.state, positions).fill(-3e38);
  machine.floats(work.state + 4 * positions, 3 * positions).fill(0);

  const bias = weights.unembeddingBias();
  const rowsAtOnce = Math.max(64, Math.floor(bytesAtOnce / (4 * d)));
  for (let first = 0; first < vocabSize; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, vocabSize - first);
    const map = {
      weight: storedTensor(weights.unembedding(first, rows)),
      rows: null,
      bias: bias?.subarray(first, first + rows) ?? null,
    };
    forBlocksOfRows(machine, room, map, ({ from, count }) => {
      const panel = 32 * count;
      multiplyRows(machine, room, input, work.logits, panel, panels, count);
      if (logitSoftcap !== null) kernels.softcapLogits(work.logits, panels * panel, logitSoftcap);
      kernels.foldLogits(work.logits, panel, count, first + from, positions, work.targets, work.state);
      if (wish.logits.length > 0) takeLogits(machine, work.logits, count, first + from, panels, wish);
    });
  }
  return finish(machine, work.state, positions, tokens, weights.file);
}

function takeLogits(
  machine: ForwardMachine,
  logits: number,
  count: number,
  from: number,
  panels: number,
  wish: UnembeddingWish,
): void {
  const block = machine.floats(logits, panels * 8 * count);
  const values = new Float32Array(count);
  wish.logits.forEach((token, place) => {
    const at = (token >> 3) * 8 * count + (token & 7);
    for (let row = 0; row < count; row++) values[row] = block[at + 8 * row]!;
    wish.take(place, from, values);
  });
}

function finish(
  machine: ForwardMachine,
  state: number,
  positions: number,
  tokens: number,
  file: string,
): Unembedded {
  const [largest, sums, , wanted] = [0, 1, 2, 3].map((i) =>
    machine.floats(state + 4 * i * positions, positions),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const losses = new Float32Array(tokens);
  for (let t = 0; t < tokens; t++) {
    losses[t] = Math.log(sums[t]!) + largest[t]! - wanted[t]!;
    if (!Number.isFinite(sums[t]! + largest[t]!)) throw notFinite('the unembedding', file);
  }
  return { losses, predictions: machine.integers(state + 8 * positions, positions).slice(0, tokens) };
}
