import { columnsOf, rowsOfMatrix } from '../linalg/blocks.js';
import type { Matrix } from '../linalg/matrix.js';
import { rotateRows } from '../measures/rotary.js';
import { headWidth } from '../model/config.js';
import type { PairCircuits } from './open-step.js';

/** The matrices that can be drawn. */
export type MapName = 'wqk' | 'wov' | 'wqkov' | 'scores';

/** A matrix for drawing, with what is said about it in words. */
export interface HeatMatrix {
  readonly name: MapName;
  readonly rows: number;
  readonly cols: number;
  /** Row-major, float32: enough for colours and for three digits. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Size of the whole matrix; more than `rows` and `cols` where only its first rows and columns are drawn. */
  readonly whole: { readonly rows: number; readonly cols: number };
  /** Largest absolute value that is drawn. */
  readonly largest: number;
  /** 98 in 100 entries are not larger: a scale of colours that a few outliers do not bleach. */
  readonly usual: number;
  /** Means over what is drawn. */
  readonly mean: number;
  readonly diagonalMean: number;
}

/** Larger matrices have more entries than a screen has pixels for them. */
const mostDrawn = 1024;

/**
 * The circuits of a pair of heads as matrices:
 * W_QK(t) = W_qᵀ R(t) W_k / √d_head (d×d) of the reader, W_OV = W_o W_v (d×d) of the writer, W_QKOV = W_QK(t) W_OV,
 * S = E W_QKOV Eᵀ (V×V): how much a token looks for the copies of each token that the writer has made.
 * Without a reader W_OV alone. Each is made once per pair and relative position.
 * Source: notebook `QKOV_matching`.
 */
export function circuitMaps(choice: PairCircuits, relPos: number): HeatMatrix[] {
  const { circuits, pair, writer } = choice;
  const { algebra, weights, config } = circuits;
  const wov = circuits.once('map of W_OV', () =>
    heatMatrix('wov', algebra.multiply(firstRows(writer.wo), firstColumns(writer.wv)), whole(config.d_model)),
  );
  if (pair === null) return [wov];
  const scale = 1 / Math.sqrt(headWidth(config));
  const rotation = circuits.rotation(relPos);
  const { reader } = pair;
  const wqk = circuits.once(`map of W_QK ${relPos}`, () => {
    const keys = rotateRows(rotation, firstColumns(reader.wk));
    const product = algebra.multiply(firstColumns(reader.wq), keys, { a: true });
    return heatMatrix('wqk', product, whole(config.d_model), scale);
  });
  const wqkov = circuits.once(`map of W_QKOV ${relPos}`, () => {
    const written = rotateRows(rotation, firstColumns(circuits.keysOnWritten(pair)));
    const product = algebra.multiply(firstColumns(reader.wq), written, { a: true });
    return heatMatrix('wqkov', product, whole(config.d_model), scale);
  });
  const scores = circuits.once(`map of S ${relPos}`, () => {
    const queries = circuits.once('queries of the tokens drawn', () =>
      algebra.multiply(firstRows(weights.wte), reader.wq, { b: true }),
    );
    const keys = rotateRows(rotation, firstColumns(circuits.tokenKeys(pair)));
    return heatMatrix('scores', algebra.multiply(queries, keys), whole(config.vocab_size), scale);
  });
  return [wqk, wov, wqkov, scores];
}

function whole(size: number): HeatMatrix['whole'] {
  return { rows: size, cols: size };
}

function firstRows(a: Matrix): Matrix {
  return rowsOfMatrix(a, 0, Math.min(a.rows, mostDrawn));
}

function firstColumns(a: Matrix): Matrix {
  return columnsOf(a, 0, Math.min(a.cols, mostDrawn));
}

function heatMatrix(
  name: MapName,
  { rows, cols, data }: Matrix,
  size: HeatMatrix['whole'],
  scale = 1,
): HeatMatrix {
  const values = new Float32Array(data.length);
  let [sum, diagonal, largest] = [0, 0, 0];
  for (let at = 0; at < data.length; at++) {
    const value = data[at]! * scale;
    values[at] = value;
    sum += value;
    if (at % (cols + 1) === 0) diagonal += value;
    if (Math.abs(value) > largest) largest = Math.abs(value);
  }
  return {
    ...{ name, rows, cols, values, whole: size, largest },
    usual: absoluteQuantile(values, largest, 0.98),
    mean: sum / data.length,
    diagonalMean: diagonal / Math.min(rows, cols),
  };
}

/** Quantile of absolute values to a thousandth of the largest, by counting: a sort of a million takes too long. */
function absoluteQuantile(values: Float32Array, largest: number, share: number): number {
  if (largest === 0) return 0;
  const bins = 1000;
  const counts = new Uint32Array(bins + 1);
  for (const value of values) counts[Math.min(bins, Math.floor((Math.abs(value) / largest) * bins))]!++;
  let seen = 0;
  for (let bin = 0; bin <= bins; bin++) {
    seen += counts[bin]!;
    if (seen >= share * values.length) return (Math.min(bins, bin + 1) / bins) * largest;
  }
  return largest;
}
