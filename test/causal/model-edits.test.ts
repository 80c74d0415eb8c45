import { describe, expect, it } from 'vitest';
import type { Edit } from '../../src/causal/edit.js';
import { judgeModelEdits } from '../../src/causal/judge-model-edits.js';
import { copyingOf } from '../../src/evaluate/copying.js';
import { headScores } from '../../src/evaluate/head-scores.js';
import { repeatedTokens } from '../../src/evaluate/repeated-tokens.js';
import type { ForwardPass } from '../../src/forward/forward-pass.js';
import { kernelForward } from '../../src/forward/kernel-forward.js';
import { referenceForward } from '../../src/forward/reference.js';
import { bridgeOf } from '../../src/interventions/bridge.js';
import { exchangeHeads } from '../../src/interventions/exchange-heads.js';
import { projectKeys } from '../../src/interventions/project-heads.js';
import { removeHeads } from '../../src/interventions/remove-heads.js';
import { transplantLayer } from '../../src/interventions/transplant.js';
import { reference } from '../../src/linalg/reference.js';
import { architecture, randomWeights } from '../interventions/random-weights.js';

const weights = randomWeights(5);
const donor = randomWeights(6);
const { layers, heads, width: d, vocabSize } = architecture;
const sequences = repeatedTokens({ vocabSize, repeats: 3, sequences: 2, segment: 7 });
const tokens = sequences.tokens;

describe('edits of any model', () => {
  const subspace = { kind: 'bridge', heads: [5, 9], relPos: -2 } as const;
  const replacements = [
    { target: 4, source: 9 },
    { target: 9, source: 4 },
  ];
  const edits: Edit[] = [
    { kind: 'remove', heads: [9] },
    { kind: 'none' },
    { kind: 'exchange', circuit: 'QK', replacements },
    { kind: 'project', component: 'keys', heads: [5, 9], subspace, rank: 3, what: 'keep' },
    { kind: 'remove', heads: [0, 11] },
    { kind: 'transplant', part: { kind: 'layer', layer: 1, embedding: false }, step: 7 },
  ];

  it('are judged as by a whole pass of the edited model, with less of it', () => {
    let computed = 0;
    const counting: ForwardPass = (model, request) => {
      computed +=
        (request.predictions === false ? request.residuals![0]! : layers) - (request.start?.layer ?? 0);
      return referenceForward(model, request);
    };
    const found = judgeModelEdits(
      weights,
      edits,
      { forward: counting, sequences, algebra: reference },
      () => donor,
    );
    const bridge = bridgeOf(weights, [5, 9], -2, reference);
    const whole = [
      removeHeads([9])(weights),
      weights,
      exchangeHeads(replacements, 'QK')(weights),
      projectKeys({ heads: [5, 9], subspaces: bridge, rank: 3, what: 'keep', algebra: reference })(weights),
      removeHeads([0, 11])(weights),
      transplantLayer(donor, 1)(weights),
    ].map((edited) => copyingOf(referenceForward, edited, sequences));
    expect(found).toEqual(whole);
    expect(new Set(whole.map(({ prob }) => prob)).size).toBe(6);
    // One pass of the model itself, and of each edit what is above it: layers 2, none, 1, 1, 0, 1.
    expect(computed).toBe(layers + (1 + 0 + 2 + 2 + 3 + 2));
  });
});

describe('edits of one layer', () => {
  const edits = Array.from(
    { length: layers * heads },
    (_, head): Edit => ({ kind: 'remove', heads: [head] }),
  );

  it.each([
    ['reference', referenceForward],
    ['kernels', kernelForward],
  ] as const)('go through the layers above together, to the last bit: %s', (_, forward) => {
    const passes: { layer: number; sequences: number }[] = [];
    const counting: ForwardPass = (model, request) => {
      passes.push({
        layer: request.start?.layer ?? 0,
        sequences: request.tokens.length / request.length,
      });
      return forward(model, request);
    };
    const judge = { forward: counting, sequences, algebra: reference };
    const found = judgeModelEdits(weights, edits, judge, () => donor);
    const whole = edits.map((_, head) => copyingOf(forward, removeHeads([head])(weights), sequences));
    expect(found).toEqual(whole);
    // Above every layer but the last, all of its removals are one pass.
    const together = passes.filter((pass) => pass.sequences === 2 * heads);
    expect(together.map(({ layer }) => layer)).toEqual(Array.from({ length: layers - 1 }, (_, at) => at + 1));
  });
});

it('removing all heads of a layer skips its attention', () => {
  const bare = (model: typeof weights): typeof weights => ({
    ...model,
    layer: (index) => {
      const attention = model.layer(index).attention();
      const output = { ...attention.output, bias: null };
      return { attention: () => ({ ...attention, output }), mlp: () => null };
    },
  });
  const all = Array.from({ length: heads }, (_, head) => heads + head);
  const request = { tokens, length: sequences.length, residuals: [1, 2], predictions: false };
  const { residuals } = referenceForward(removeHeads(all)(bare(weights)), request);
  expect(residuals!.get(2)).toEqual(residuals!.get(1));
  const unedited = referenceForward(bare(weights), request).residuals!;
  expect(unedited.get(2)).not.toEqual(unedited.get(1));
  expect(residuals!.get(1)).toHaveLength(tokens.length * d);
});

it('scores of heads are means along diagonals of their attention', () => {
  const L = 6;
  const twice = repeatedTokens({ vocabSize, repeats: 2, sequences: 2, segment: L });
  const T = twice.length;
  const found = headScores(referenceForward, weights, twice);
  const head = 7;
  const maps = referenceForward(weights, {
    tokens: twice.tokens,
    length: T,
    attention: [head],
    predictions: false,
  });
  const map = maps.attention!.get(head)!;
  const a = (n: number, t: number, s: number) => map[(n * T + t) * T + s]!;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const along = (value: typeof a, distance: number, first: number) =>
    mean(
      [0, 1].map((n) =>
        mean(Array.from({ length: T - first }, (_, at) => value(n, first + at, first + at - distance))),
      ),
    );
  expect(found.previousToken[head]).toBeCloseTo(along(a, 1, 1), 12);
  expect(found.induction[head]).toBeCloseTo(along(a, L - 1, L), 12);
  expect(found.duplicateToken[head]).toBeCloseTo(along(a, L, L), 12);
  const published = (n: number, t: number, s: number) => {
    let sum = 0;
    for (let key = 1; key < T; key++) sum += a(n, t, key) + 1e-6;
    return a(n, t, s) / sum;
  };
  expect(found.published.previousToken[head]).toBeCloseTo(along(published, 1, 2), 12);
  expect(found.published.induction[head]).toBeCloseTo(along(published, L - 1, L), 12);
});
