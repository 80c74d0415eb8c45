import { describe, expect, it } from 'vitest';
import { formatStep, formatValue } from '../../src/report/format-value.js';

describe('values in three digits', () => {
  it.each([
    [0.0635, '0.0635'],
    [0.75, '0.750'],
    [-1.364, '−1.36'],
    [12.34, '12.3'],
    [999.6, '1\u202f000'],
    [12_345.6, '12\u202f346'],
    [0.001, '0.00100'],
    [-0.000012, '−1.2 e−5'],
    [2.5e7, '2.5 e7'],
    [0, '0'],
    [Number.NaN, '–'],
    [undefined, '–'],
  ])('writes %s as %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it('writes steps with thin spaces', () => {
    expect([5, 1200, -1_234_567].map(formatStep)).toEqual(['5', '1\u202f200', '−1\u202f234\u202f567']);
  });
});
