import { describe, expect, it } from 'vitest';
import { kernels } from '../../src/linalg/kernels.js';
import { reference } from '../../src/linalg/reference.js';
import { embeddingSubspace } from '../../src/measures/all-pairs/embedding-subspace.js';
import { goldenModelPath, goldenModels, weightsAt } from '../model/families/golden-models.js';

describe.each(goldenModels)('the embedding of %s', (name) => {
  it('has the same leading directions by all three ways', () => {
    const weights = weightsAt(goldenModelPath(name));
    const count = 5;
    const whole = embeddingSubspace(weights, count, kernels);
    const none = 0;
    const wide = Number.POSITIVE_INFINITY;
    for (const widestDecomposed of [wide, none]) {
      const other = embeddingSubspace(weights, count, kernels, { largestWhole: none, widestDecomposed });
      const { s } = reference.svd(reference.multiply(whole.directions, other.directions, { b: true }));
      expect(other.rank).toBe(whole.rank);
      expect(s.at(-1)).toBeCloseTo(1, 9);
    }
  });
});
