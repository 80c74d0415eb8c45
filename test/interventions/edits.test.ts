import { describe, expect, it } from 'vitest';
import { exchangeHeads } from '../../src/interventions/exchange-heads.js';
import { matrixOfMap } from '../../src/interventions/head-blocks.js';
import { composeInterventions, type Intervention } from '../../src/interventions/intervention.js';
import { projectKeys, projectOutputs } from '../../src/interventions/project-heads.js';
import { removeHeads } from '../../src/interventions/remove-heads.js';
import { randomSubspaces } from '../../src/interventions/subspace.js';
import {
  transplantCircuits,
  transplantEmbedding,
  transplantLayer,
} from '../../src/interventions/transplant.js';
import { reference } from '../../src/linalg/reference.js';
import { headIndex } from '../../src/model/heads.js';
import type { ModelWeights } from '../../src/model/weights.js';
import { architecture, randomWeights } from './random-weights.js';

const { heads, headWidth: h, width: d, layers } = architecture;
const head = (layer: number, number: number) => headIndex(architecture, layer, number);
const parts = ['query', 'key', 'value', 'output'] as const;

/** All attention weights and biases, by layer and part. */
function numbersOf(weights: ModelWeights): Map<string, Float64Array> {
  const numbers = new Map<string, Float64Array>();
  for (let layer = 0; layer < layers; layer++) {
    const attention = weights.layer(layer).attention();
    for (const part of parts) {
      numbers.set(`${layer} ${part}`, matrixOfMap(attention[part]).data);
      numbers.set(`${layer} ${part} bias`, attention[part].bias!);
    }
  }
  return numbers;
}

const weights = randomWeights(1);
const before = numbersOf(weights);

/** Names of the parts in which two models differ by a bit. */
function changed(edited: ModelWeights, from = before): string[] {
  const now = numbersOf(edited);
  return [...from]
    .filter(([name, values]) => values.some((v, at) => !Object.is(v, now.get(name)![at])))
    .map(([name]) => name);
}

const part = (model: ModelWeights, layer: number, name: (typeof parts)[number]) =>
  matrixOfMap(model.layer(layer).attention()[name]);

const subspaces = randomSubspaces(d, 7, 0, reference);
const projection = { heads: [head(1, 0), head(1, 1), head(2, 3)], subspaces, algebra: reference };

describe('removeHeads', () => {
  it('makes the heads’ columns of W_o zero and leaves every other number alone', () => {
    const edited = removeHeads([head(1, 2), head(1, 2), head(2, 0)])(weights);
    expect(changed(edited)).toEqual(['1 output', '2 output']);
    const [now, was] = [part(edited, 1, 'output'), part(weights, 1, 'output')];
    now.data.forEach((value, at) => {
      const column = at % (heads * h);
      expect(value).toBe(column >= 2 * h && column < 3 * h ? 0 : was.data[at]);
    });
    expect(changed(weights)).toEqual([]);
  });

  it('of no head changes nothing', () => {
    expect(removeHeads([])(weights)).toBe(weights);
  });
});

describe.each([
  ['projectKeys', projectKeys, 'key'],
  ['projectOutputs', projectOutputs, 'output'],
] as const)('%s', (_, project, name) => {
  it('that keeps all d dimensions, or drops none, changes nothing, bit for bit', () => {
    expect(changed(project({ ...projection, rank: d, what: 'keep' })(weights))).toEqual([]);
    expect(changed(project({ ...projection, rank: 0, what: 'drop' })(weights))).toEqual([]);
  });

  it('touches the heads’ own part alone', () => {
    expect(changed(project({ ...projection, rank: 3, what: 'keep' })(weights))).toEqual([
      `1 ${name}`,
      `2 ${name}`,
    ]);
  });

  it.each([0, 1, 5, 12, 16])('splits the weights in what it keeps and what it drops, rank %i', (rank) => {
    const kept = part(project({ ...projection, rank, what: 'keep' })(weights), 2, name).data;
    const dropped = part(project({ ...projection, rank, what: 'drop' })(weights), 2, name).data;
    const whole = part(weights, 2, name).data;
    const isEdited = (at: number) => {
      // Head 3 of layer 2 reads key head 1.
      if (name === 'key') return at >= h * d;
      return at % (heads * h) >= 3 * h;
    };
    whole.forEach((value, at) => {
      if (isEdited(at)) expect(kept[at]! + dropped[at]!).toBeCloseTo(value, 13);
      else expect([kept[at], dropped[at]]).toEqual([value, value]);
    });
  });

  it('twice is once', () => {
    const once = project({ ...projection, rank: 5, what: 'keep' });
    const [a, b] = [part(once(weights), 1, name), part(composeInterventions([once, once])(weights), 1, name)];
    a.data.forEach((value, at) => {
      expect(b.data[at]).toBeCloseTo(value, 13);
    });
  });
});

it('keys that keep a subspace see nothing outside of it', () => {
  const rank = 5;
  const edited = part(projectKeys({ ...projection, rank, what: 'keep' })(weights), 1, 'key');
  const seen = reference.multiply(edited, subspaces.basis);
  // Heads 0 and 1 share key head 0.
  for (let row = 0; row < h; row++) {
    for (let col = rank; col < d; col++) expect(seen.data[row * d + col]).toBeCloseTo(0, 13);
  }
});

describe('exchangeHeads', () => {
  const swap = [
    { target: head(1, 0), source: head(2, 3) },
    { target: head(2, 3), source: head(1, 0) },
  ];

  it.each(['QK', 'OV'] as const)('of %s twice restores every bit, and once does not', (circuit) => {
    const exchange = exchangeHeads(swap, circuit);
    expect(changed(composeInterventions([exchange, exchange])(weights))).toEqual([]);
    const names = circuit === 'QK' ? ['query', 'key'] : ['value', 'output'];
    expect(changed(exchange(weights))).toEqual(
      [1, 2].flatMap((layer) => names.map((name) => `${layer} ${name}`)),
    );
  });

  it('gives a head the circuit of the other, as it was', () => {
    const edited = exchangeHeads(swap, 'QK')(weights);
    const [now, was] = [part(edited, 1, 'query'), part(weights, 2, 'query')];
    expect(now.data.slice(0, h * d)).toEqual(was.data.slice(3 * h * d, 4 * h * d));
    const [key, other] = [part(edited, 1, 'key'), part(weights, 2, 'key')];
    expect(key.data.slice(0, h * d)).toEqual(other.data.slice(h * d, 2 * h * d));
  });

  it('edits a key head that two targets share once, by the first', () => {
    const edited = exchangeHeads(
      [
        { target: head(1, 0), source: head(2, 0) },
        { target: head(1, 1), source: head(0, 3) },
      ],
      'QK',
    )(weights);
    expect(part(edited, 1, 'key').data.slice(0, h * d)).toEqual(part(weights, 2, 'key').data.slice(0, h * d));
    expect(part(edited, 1, 'query').data.slice(h * d, 2 * h * d)).toEqual(
      part(weights, 0, 'query').data.slice(3 * h * d, 4 * h * d),
    );
  });
});

describe('transplants', () => {
  const donor = randomWeights(2);
  const all: [string, (from: ModelWeights) => Intervention][] = [
    ['a layer', (from) => transplantLayer(from, 1)],
    ['the embedding', (from) => transplantEmbedding(from)],
    ['QK circuits', (from) => transplantCircuits(from, [head(1, 0), head(2, 3)], 'QK')],
    ['OV circuits', (from) => transplantCircuits(from, [head(1, 0), head(2, 3)], 'OV')],
  ];
  it.each(all)('%s of one’s own is the identity, bit for bit', (_, transplant) => {
    expect(changed(transplant(weights)(weights))).toEqual([]);
  });

  it('take what is named and nothing else', () => {
    expect(changed(transplantLayer(donor, 1)(weights))).toEqual(
      parts.flatMap((name) => [`1 ${name}`, `1 ${name} bias`]),
    );
    expect(
      changed(transplantLayer(donor, 1)(weights), numbersOf(donor)).every((name) => !name.startsWith('1')),
    ).toBe(true);
    expect(changed(transplantCircuits(donor, [head(2, 3)], 'QK')(weights))).toEqual(
      ['query', 'query bias', 'key', 'key bias'].map((name) => `2 ${name}`),
    );
  });

  it('refuse a model of another shape', () => {
    const other = { ...donor, architecture: { ...architecture, heads: 2 } };
    expect(() => transplantLayer(other, 0)(weights)).toThrow(/seed 2: its heads is 2, that of seed 1 is 4/);
  });
});
