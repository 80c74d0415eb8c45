import type { RowRange, TensorSource } from '../../checkpoint/tensor-source.js';
import { InputError } from '../../errors.js';
import { toFloat64 } from '../../tensor/decode.js';
import { isFloating } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type StoredMatrix, transposedMatrix } from '../stored-matrix.js';
import type { LinearMap, NormWeights, TokenRows } from '../weights.js';
import { biasOfRows } from './fused-linear.js';

/** Tensors of a checkpoint by the names a family gives them, with shapes checked before anything is read. */
export interface NamedTensors {
  has(name: string): boolean;
  /** @throws InputError where it is missing, of another shape, or in a format that holds no weights */
  tensor(name: string, shape: readonly number[]): Tensor;
  /** Decoded. */
  vector(name: string, length: number): Float64Array;
  /** Null where the checkpoint has no such tensor. */
  optionalVector(name: string, length: number): Float64Array | null;
  /** W `[out, in]` with the bias that stands beside it, if any. `name` is without `.weight`. */
  linear(name: string, out: number, input: number, rows?: Int32Array): LinearMap;
  /** The same for a weight stored `[in, out]`. */
  transposedLinear(name: string, out: number, input: number, rows?: Int32Array): LinearMap;
  /** Gain, and shift where there is one. `name` is without `.weight`. */
  norm(name: string, width: number): NormWeights;
  /** Rows of a matrix of the vocabulary. */
  tokenRows(name: string, tokens: number, width: number): TokenRows;
}

/**
 * @param prefixes that a name may have in the file, such as `model.`; the one that holds `probe` is taken
 * @throws InputError where none does
 */
export function namedTensors(
  source: TensorSource,
  prefixes: readonly string[],
  probe: string,
  family: string,
): NamedTensors {
  const { file } = source;
  const prefix = prefixes.find((text) => source.info(text + probe) !== undefined);
  if (prefix === undefined) {
    throw new InputError(
      `${file}: tensor ${probe} is missing, so these are no weights of the family ${family}; check that config.json belongs to them`,
    );
  }
  // What stands outside the prefixed part, such as `lm_head`, has none.
  const inFile = (name: string) => (source.info(prefix + name) === undefined ? name : prefix + name);

  const check = (name: string, shape: readonly number[]): string => {
    const info = source.info(inFile(name));
    if (info === undefined) {
      throw new InputError(
        `${file}: tensor ${prefix}${name} is missing; expected ${shape.join('×')} by the config`,
      );
    }
    if (info.shape.length !== shape.length || info.shape.some((length, axis) => length !== shape[axis])) {
      throw new InputError(
        `${info.file}: tensor ${info.name} is ${info.shape.join('×')}, but the config makes it ${shape.join('×')}; correct config.json or the file`,
      );
    }
    if (!isFloating(info.dtype)) {
      throw new InputError(
        `${info.file}: tensor ${info.name} is ${info.dtype}, expected weights in a floating-point format; save them again before they are quantised`,
      );
    }
    return info.name;
  };
  const tensor = (name: string, shape: readonly number[]): Tensor => source.read(check(name, shape));
  const verified = new Set<string>();
  const stored = (name: string, shape: StoredMatrix['shape']): StoredMatrix => {
    const found = check(name, shape);
    return {
      shape,
      read: (rows) => {
        if (rows === undefined || rows.count === shape[0]) return source.read(found);
        // Rows are read without the checksum that some formats have of a whole tensor.
        if (!verified.has(found)) source.verify?.(found);
        verified.add(found);
        return source.read(found, rows);
      },
    };
  };
  const has = (name: string) => source.info(inFile(name)) !== undefined;
  const vector = (name: string, length: number) => toFloat64(tensor(name, [length]));
  const optionalVector = (name: string, length: number) => (has(name) ? vector(name, length) : null);
  const pickedBias = (name: string, out: number, rows: Int32Array | undefined): Float64Array | null => {
    const bias = optionalVector(`${name}.bias`, out);
    return bias === null || rows === undefined ? bias : biasOfRows(bias, rows);
  };
  return {
    has,
    tensor,
    vector,
    optionalVector,
    linear: (name, out, input, rows) => ({
      weight: stored(`${name}.weight`, [out, input]),
      rows: rows ?? null,
      bias: pickedBias(name, out, rows),
    }),
    transposedLinear: (name, out, input, rows) => ({
      weight: transposedMatrix(stored(`${name}.weight`, [input, out])),
      rows: rows ?? null,
      bias: pickedBias(name, out, rows),
    }),
    norm: (name, width) => ({
      gain: vector(`${name}.weight`, width),
      shift: optionalVector(`${name}.bias`, width),
    }),
    tokenRows: (name, tokens, width) => {
      const found = check(name, [tokens, width]);
      return (from: number, count: number) => source.read(found, { from, count } satisfies RowRange);
    },
  };
}
