import { expect, it } from 'vitest';
import { didYouMean } from '../../src/run/nearest-name.js';

it.each([
  ['cvs', ['parquet', 'csv', 'json'], 'csv'],
  ['xlsx', ['parquet', 'csv', 'json'], undefined],
  ['gif', ['png', 'svg', 'pdf'], undefined],
  ['PNG', ['png', 'svg', 'pdf'], 'png'],
  ['num_layer', ['num_layers', 'num_heads'], 'num_layers'],
  ['small_pool', ['small_pool_size', 'large_pool_size'], 'small_pool_size'],
  ['pool_size', ['small_pool', 'large_pool'], undefined],
  ['size', ['small_pool_size', 'large_pool_size'], undefined],
  ['whatever', [], undefined],
])('somebody who wrote %j meant of %j: %j', (word, names, meant) => {
  expect(didYouMean(word, names)).toBe(meant === undefined ? '' : `; did you mean ${meant}?`);
});
