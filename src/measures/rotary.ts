import { type Matrix, matrix } from '../linalg/matrix.js';
import type { Architecture } from '../model/architecture.js';
import type { ModelConfig } from '../model/config.js';
import { headWidth } from '../model/config.js';

/**
 * The relative-position matrix R(t): block diagonal with blocks [[cos a, -sin a], [sin a, cos a]],
 * a = t·θ^(-2i/d_head), so that qᵀ R(t) k scores a query at position 0 against a key at position t.
 * R(0) = I and R(-t) = R(t)ᵀ. Without rotary positions it is the identity.
 */
export interface Rotation {
  /** cos a and sin a of each pair, d_head/2 long; null for the identity. */
  readonly angles: { readonly cos: Float64Array; readonly sin: Float64Array } | null;
}

/**
 * R(t) of a model.
 * @param relPos t; a key in the past has a negative one
 * Source: notebook `calc_rotary_R_mat_simple`, with the sign of the public `apply_rotary_emb`.
 */
export function rotation(config: ModelConfig, relPos: number): Rotation {
  if (config.pos !== 'rotary' || relPos === 0) return { angles: null };
  const width = headWidth(config);
  const cos = new Float64Array(width / 2);
  const sin = new Float64Array(width / 2);
  for (let pair = 0; pair < width / 2; pair++) {
    const angle = relPos * config.rotary_theta ** ((-2 * pair) / width);
    cos[pair] = Math.cos(angle);
    sin[pair] = Math.sin(angle);
  }
  return { angles: { cos, sin } };
}

/**
 * R(t) of any architecture, from its own frequencies; pairs of frequency 0 stay as they are.
 * @param relPos t; a key in the past has a negative one
 */
export function rotationOf({ positions }: Pick<Architecture, 'positions'>, relPos: number): Rotation {
  if (positions.kind !== 'rotary' || relPos === 0) return { angles: null };
  const angles = positions.frequencies.map((frequency) => relPos * frequency);
  return { angles: { cos: angles.map(Math.cos), sin: angles.map(Math.sin) } };
}

/** R(-t) = R(t)ᵀ. */
export function inverse({ angles }: Rotation): Rotation {
  return { angles: angles && { cos: angles.cos, sin: angles.sin.map((sine) => -sine) } };
}

/** R·a: adjacent pairs of rows are rotated. a is d_head×n. */
export function rotateRows({ angles }: Rotation, a: Matrix): Matrix {
  if (angles === null) return a;
  const { rows, cols, data } = a;
  const rotated = new Float64Array(rows * cols);
  for (let pair = 0; pair < rows / 2; pair++) {
    const c = angles.cos[pair]!;
    const s = angles.sin[pair]!;
    const even = 2 * pair * cols;
    const odd = even + cols;
    for (let col = 0; col < cols; col++) {
      const x = data[even + col]!;
      const y = data[odd + col]!;
      rotated[even + col] = c * x - s * y;
      rotated[odd + col] = s * x + c * y;
    }
  }
  return matrix(rows, cols, rotated);
}
