import { describe, expect, it } from 'vitest';
import { headScores } from '../../src/evaluate/head-scores.js';
import { referenceForward } from '../../src/forward/reference.js';
import {
  goldenModelPath,
  goldenModels,
  goldenModelValues,
  smallLlama,
  smallLlamaValues,
  weightsAt,
} from '../model/families/golden-models.js';

const models = [
  ...goldenModels.map((name) => ({ name, path: goldenModelPath(name), golden: goldenModelValues(name) })),
  { name: 'examples/small_llama', path: smallLlama, golden: smallLlamaValues() },
];

describe('scores of heads', () => {
  it.each(models)('are those of PyTorch: $name', ({ path, golden }) => {
    const { input_ids: sequences, segment_length: segment, scores, scores_published } = golden;
    const length: number = sequences[0].length;
    const tokens = Int32Array.from(sequences.flat());
    const start = length - 2 * segment;
    const found = headScores(referenceForward, weightsAt(path), { tokens, length, segment, start });
    const expectClose = (values: Float64Array, expected: number[][]) => {
      expect(values.length).toBe(expected.flat().length);
      for (const [head, value] of expected.flat().entries())
        expect(Math.abs(values[head]! - value)).toBeLessThan(1e-9);
    };
    expectClose(found.previousToken, scores.previous_token);
    expectClose(found.induction, scores.induction);
    expectClose(found.duplicateToken, scores.duplicate_token);
    expectClose(found.published.previousToken, scores_published.previous);
    expectClose(found.published.induction, scores_published.induction);
  });
});
