import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { twoHalves } from '../../src/behaviour/given-tokens.js';
import { headsOfModel } from '../../src/behaviour/model-heads.js';
import { parseTokens } from '../../src/behaviour/token-file.js';
import { openModel } from '../../src/run/open-model.js';

const folder = fileURLToPath(new URL('../golden/models/', import.meta.url));

describe('heads of a model', () => {
  it.each(['gpt2', 'gemma2', 'gpt_neox', 'llama', 'falcon_new'])(
    'have the scores of PyTorch: %s',
    async (name) => {
      const golden = JSON.parse(readFileSync(`${folder}${name}/golden.json`, 'utf8'));
      const { tokens } = twoHalves(parseTokens(golden, 'golden.json'), 'golden.json');
      const options = { twice: tokens, steps: () => true, jobs: 1 };
      const { steps } = await headsOfModel(openModel(`${folder}${name}`), options);
      const { scores } = steps[0]!;
      const pairs = [
        [scores.previousToken, golden.scores.previous_token],
        [scores.induction, golden.scores.induction],
        [scores.duplicateToken, golden.scores.duplicate_token],
        [scores.published.previousToken, golden.scores_published.previous],
        [scores.published.induction, golden.scores_published.induction],
      ];
      for (const [found, expected] of pairs) {
        expected.flat().forEach((value: number, head: number) => {
          // float32 kernels against float64.
          expect(Math.abs(found[head] - value)).toBeLessThan(1e-4);
        });
      }
    },
  );
});

describe('token files', () => {
  it.each([
    [{}, /expected token ids/],
    [[], /expected token ids/],
    [[[1], 'a'], /sequence 1 to be a list/],
    [[[1, -1]], /found -1 at position 1 of sequence 0/],
    [[[1.5]], /found 1.5/],
    [{ input_ids: null }, /expected token ids/],
  ])('are refused in a line: %j', (json, message) => {
    expect(() => parseTokens(json, 'ids.json')).toThrow(message);
  });

  it('have two halves', () => {
    expect(() => twoHalves(parseTokens([[1, 2, 1, 2], [1]], 'f'), 'f')).toThrow(/of one length/);
    expect(() =>
      twoHalves(
        parseTokens(
          [
            [1, 2, 3, 4, 5],
            [2, 2, 3, 4, 5],
          ],
          'f',
        ),
        'f',
      ),
    ).toThrow(/two halves/);
    expect(twoHalves(parseTokens([9, 1, 2, 1, 2], 'f'), 'f').tokens).toMatchObject({ segment: 2, start: 1 });
    expect(twoHalves(parseTokens([1, 2, 1, 3], 'f'), 'f').unlike).toBe(0);
  });
});
