import { InputError } from '../../errors.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { keyHeadOf } from '../../model/architecture.js';
import { decodeFloat64, sizeOfMap } from '../../model/decode-map.js';
import { keptOnceWhole, transposedMatrix } from '../../model/stored-matrix.js';
import type { LinearMap, ModelWeights, NormWeights } from '../../model/weights.js';
import { allFinite } from '../all-finite.js';

/**
 * The heads of one layer, each matrix decoded when it is asked for, in float64: a layer of a large model is a gigabyte in
 * that format, a head some megabytes. All are h×d, so W_o comes transposed.
 */
export interface LayerHeads {
  readonly layer: number;
  /** W_q of a head. */
  query(head: number): Matrix;
  /** W_k of the key/value head that a head reads. */
  key(head: number): Matrix;
  /** W_v of the key/value head that a head reads. */
  value(head: number): Matrix;
  /** W_oᵀ: a head's columns of W_o, as rows. */
  outputTransposed(head: number): Matrix;
}

/**
 * Reads the attention of one layer. Where queries and keys are normed head by head (Qwen 3), the norm's gains scale the
 * rows of W_q and W_k, which is what is left of it up to a positive factor a token.
 * @throws InputError when a matrix holds NaN or infinity, or cannot be read
 */
export function layerHeads(weights: ModelWeights, layer: number): LayerHeads {
  const { architecture, file } = weights;
  const { headWidth: h, width: d } = architecture;
  const attention = weights.layer(layer).attention();
  const checked = (values: Float64Array<ArrayBuffer>, name: string): Matrix => {
    if (allFinite(values)) return matrix(h, d, values);
    throw new InputError(
      `${file}: ${name} of layer ${layer} holds NaN or infinity; the model had diverged, or the file is damaged`,
    );
  };
  const rowsOfHead = (map: LinearMap, at: number, norm: NormWeights | null, name: string): Matrix => {
    const values = decodeFloat64(map, at * h, h);
    if (norm?.gain) scaleRows(values, norm.gain, d);
    return checked(values, name);
  };
  // Heads of a group ask for the same keys and values one after the other.
  const keys = rememberingLast((at) => rowsOfHead(attention.key, at, attention.keyNorm, 'W_k'));
  const values = rememberingLast((at) => rowsOfHead(attention.value, at, null, 'W_v'));
  // A head's columns are all over the file, so that all of it is kept.
  const output = { ...attention.output, weight: keptOnceWhole(attention.output.weight) };
  return {
    layer,
    query: (head) => rowsOfHead(attention.query, head, attention.queryNorm, 'W_q'),
    key: (head) => keys(keyHeadOf(architecture, head)),
    value: (head) => values(keyHeadOf(architecture, head)),
    outputTransposed: (head) => checked(columnsOfMap(output, head * h, h), 'W_o'),
  };
}

/** `count` columns of W from column `from` on, as rows. */
function columnsOfMap(
  { weight, rows, bias }: LinearMap,
  from: number,
  count: number,
): Float64Array<ArrayBuffer> {
  if (rows === null)
    return decodeFloat64({ weight: transposedMatrix(weight), rows: null, bias: null }, from, count);
  const { out, in: cols } = sizeOfMap({ weight, rows, bias });
  const whole = decodeFloat64({ weight, rows, bias });
  const picked = new Float64Array(count * out);
  for (let row = 0; row < out; row++) {
    for (let col = 0; col < count; col++) picked[col * out + row] = whole[row * cols + from + col]!;
  }
  return picked;
}

function scaleRows(values: Float64Array, factors: Float64Array, cols: number): void {
  for (let at = 0; at < values.length; at++) values[at]! *= factors[Math.floor(at / cols)]!;
}

function rememberingLast<Value>(make: (at: number) => Value): (at: number) => Value {
  let last: { readonly at: number; readonly value: Value } | undefined;
  return (at) => {
    if (last?.at !== at) last = { at, value: make(at) };
    return last.value;
  };
}
