import { expect, it } from 'vitest';
import { transpose } from '../../src/linalg/blocks.js';
import { rotateRows, rotation } from '../../src/measures/rotary.js';
import { rotatedNorm, rotatedNormAt } from '../../src/measures/rotated-norm.js';
import { checkConfig } from '../../src/run/config.js';
import { distance, fill, identity, pattern, times } from '../linalg/matrices.js';

const { config } = checkConfig({ d_model: 8, num_heads: 2, rotary_theta: 100 }, 'config');
const eye = identity(4);

it('is block diagonal with [[cos a, -sin a], [sin a, cos a]]', () => {
  const r = rotateRows(rotation(config, 3), eye);
  const slow = 3 * 100 ** (-2 / 4);
  const expected = fill(4, 4, (i, j) => {
    if (i >> 1 !== j >> 1) return 0;
    const angle = i < 2 ? 3 : slow;
    if (i === j) return Math.cos(angle);
    return i < j ? -Math.sin(angle) : Math.sin(angle);
  });
  expect(distance(r, expected)).toBeLessThan(1e-15);
});

it('is the identity at 0, and transposed at the negative position', () => {
  expect(rotateRows(rotation(config, 0), eye)).toEqual(eye);
  const forwards = rotateRows(rotation(config, 7), eye);
  const backwards = rotateRows(rotation(config, -7), eye);
  expect(distance(backwards, transpose(forwards))).toBeLessThan(1e-15);
});

it('rotates rows by R·a', () => {
  const r = rotateRows(rotation(config, 5), eye);
  const a = pattern(4, 3);
  expect(distance(rotateRows(rotation(config, 5), a), times(r, a))).toBeLessThan(1e-15);
});

it('is the identity without rotary positions', () => {
  const { config: learned } = checkConfig({ d_model: 8, pos: null }, 'config');
  expect(rotateRows(rotation(learned, 5), pattern(8, 2))).toEqual(pattern(8, 2));
});

it('gives ‖A R B‖² from coefficients made once', () => {
  const [a, b] = [pattern(5, 4), pattern(4, 6)];
  const norm = rotatedNorm(times(transpose(a), a), times(b, transpose(b)));
  for (const t of [0, 1, -4, 33]) {
    const product = times(a, times(rotateRows(rotation(config, t), eye), b));
    const squares = product.data.reduce((sum, value) => sum + value * value, 0);
    expect(rotatedNormAt(norm, rotation(config, t))).toBeCloseTo(squares, 12);
  }
});
