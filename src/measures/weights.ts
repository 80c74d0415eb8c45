import { InputError } from '../errors.js';
import { columnsOf, rowsOfMatrix } from '../linalg/blocks.js';
import { type Matrix, matrix } from '../linalg/matrix.js';
import { headWidth, type ModelConfig } from '../model/config.js';
import { copyingLayerNames, copyingNames, countCopyingLayers } from '../model/families/copying-names.js';
import { toFloat32, toFloat64 } from '../tensor/decode.js';
import { isFloating } from '../tensor/dtype.js';
import type { StateDict, Tensor } from '../tensor/tensor.js';
import { allFinite } from './all-finite.js';

/** One attention head: its rows of W_q, W_k, W_v and its columns of W_o (weights as stored, `[out, in]`). */
export interface Head {
  readonly layer: number;
  readonly head: number;
  /** d_head×d */
  readonly wq: Matrix;
  /** d_head×d */
  readonly wk: Matrix;
  /** d_head×d */
  readonly wv: Matrix;
  /** d×d_head */
  readonly wo: Matrix;
}

/** The weights that the measures look at, in float64. */
export interface AttentionWeights {
  /** Token embedding E, V×d. */
  readonly wte: Matrix;
  /** heads[layer][head] */
  readonly heads: readonly (readonly Head[])[];
  /** Layer 0's whole W_q and W_k, d×d. */
  readonly firstWq: Matrix;
  readonly firstWk: Matrix;
}

/**
 * Takes the attention weights out of a state dict and checks every shape against the config.
 * @throws InputError naming the tensor, the expected and the found shape
 */
export function attentionWeights(state: StateDict, config: ModelConfig, file: string): AttentionWeights {
  const d = config.d_model;
  const width = headWidth(config);
  checkLayers(state, config, file);
  const take = (name: string, rows: number, cols: number): Matrix => {
    const tensor = state.get(name);
    if (tensor === undefined) {
      throw new InputError(`${file}: tensor ${name} is missing; expected ${rows}×${cols} by the config`);
    }
    checkShape(tensor, [rows, cols], name, file);
    if (!isFloating(tensor.dtype)) {
      throw new InputError(
        `${file}: tensor ${name} is ${tensor.dtype}, expected weights in a floating-point format; save them again before they are quantised`,
      );
    }
    return matrix(rows, cols, toFloat64(tensor));
  };
  const wte = take(copyingNames.embedding, config.vocab_size, d);
  const layers = Array.from({ length: config.num_layers }, (_, layer) => {
    const names = copyingLayerNames(layer);
    const map = (name: string) => take(`${name}.weight`, d, d);
    return { wq: map(names.query), wk: map(names.key), wv: map(names.value), wo: map(names.output) };
  });
  return {
    wte,
    heads: layers.map(({ wq, wk, wv, wo }, layer) =>
      Array.from({ length: config.num_heads }, (_, head) => ({
        layer,
        head,
        wq: rowsOfMatrix(wq, head * width, width),
        wk: rowsOfMatrix(wk, head * width, width),
        wv: rowsOfMatrix(wv, head * width, width),
        wo: columnsOf(wo, head * width, width),
      })),
    ),
    firstWq: layers[0]!.wq,
    firstWk: layers[0]!.wk,
  };
}

/**
 * Looks for NaN and infinities in all floating-point tensors.
 * @returns the name of the first tensor that holds one, or undefined
 */
export function firstNonFinite(state: StateDict): string | undefined {
  for (const [name, tensor] of state) {
    if (!isFloating(tensor.dtype)) continue;
    // Float32 tensors are looked at where they lie; float64 might not be finite as float32.
    const values = tensor.dtype === 'float64' ? toFloat64(tensor) : toFloat32(tensor);
    if (!allFinite(values)) return name;
  }
  return undefined;
}

function checkLayers(state: StateDict, config: ModelConfig, file: string): void {
  if (config.d_model % config.num_heads !== 0) {
    throw new InputError(
      `${file}: num_heads ${config.num_heads} does not divide d_model ${config.d_model}; correct config.json`,
    );
  }
  if (config.pos === 'rotary' && headWidth(config) % 2 !== 0) {
    throw new InputError(
      `${file}: rotary positions need an even d_model/num_heads, found ${headWidth(config)}; correct config.json`,
    );
  }
  const layers = countCopyingLayers((name) => state.has(name));
  if (layers !== config.num_layers) {
    throw new InputError(
      `${file}: holds ${layers} attention layers, but num_layers is ${config.num_layers}; correct config.json`,
    );
  }
}

function checkShape(tensor: Tensor, expected: readonly number[], name: string, file: string): void {
  const { shape } = tensor;
  if (shape.length === expected.length && shape.every((size, axis) => size === expected[axis])) return;
  throw new InputError(
    `${file}: tensor ${name} is ${shape.join('×')}, but the config makes it ${expected.join('×')}; correct config.json or the file`,
  );
}
