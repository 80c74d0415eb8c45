import { describe, expect, it } from 'vitest';
import { cycleOf, randomHeads, randomReplacements } from '../../src/interventions/controls.js';
import { randomSubspaces } from '../../src/interventions/subspace.js';
import { kernels } from '../../src/linalg/kernels.js';
import { layerOfHead } from '../../src/model/heads.js';

const grid = { layers: 5, heads: 6 };
const chosen = [7, 8, 20];

describe('random heads', () => {
  it('are as many of the same layers, none of the chosen, each once, and a function of seed and draw', () => {
    const seen = new Set<string>();
    for (let draw = 0; draw < 40; draw++) {
      const heads = randomHeads(grid, chosen, 1, draw);
      expect(heads.map((head) => layerOfHead(grid, head))).toEqual([1, 1, 3]);
      expect(new Set(heads).size).toBe(3);
      expect(heads.some((head) => chosen.includes(head))).toBe(false);
      expect(randomHeads(grid, chosen, 1, draw)).toEqual(heads);
      for (const head of heads) seen.add(`${head}`);
    }
    // Every one of the 4 + 5 others is drawn in 40 draws: missing one has a probability below 1e-3.
    expect(seen.size).toBe(9);
  });

  it('are none where a layer has no others', () => {
    expect(randomHeads({ layers: 2, heads: 1 }, [1], 1, 0)).toEqual([]);
    expect(randomReplacements({ layers: 1, heads: 1 }, [0], 1, 0)).toEqual([]);
  });
});

it('random replacements come from layers 1 … last - 1, and from anywhere where these have none', () => {
  for (let draw = 0; draw < 20; draw++) {
    for (const { target, source } of randomReplacements(grid, chosen, 1, draw)) {
      expect(chosen).toContain(target);
      expect(chosen).not.toContain(source);
      expect([1, 2, 3]).toContain(layerOfHead(grid, source));
    }
  }
  const [only] = randomReplacements({ layers: 2, heads: 2 }, [2], 1, 0);
  expect([0, 1, 3]).toContain(only!.source);
});

it('a cycle gives every head another one’s circuit', () => {
  expect(cycleOf([4, 5, 6])).toEqual([
    { target: 4, source: 5 },
    { target: 5, source: 6 },
    { target: 6, source: 4 },
  ]);
});

it('random subspaces are orthonormal, differ by draw, and are nested', () => {
  const [a, b] = [0, 1].map((draw) => randomSubspaces(12, 5, draw, kernels).basis);
  const gram = kernels.multiply(a!, a!, { a: true });
  gram.data.forEach((value, at) => {
    expect(value).toBeCloseTo(at % 13 === 0 ? 1 : 0, 12);
  });
  expect(a!.data).not.toEqual(b!.data);
  expect(randomSubspaces(12, 5, 1, kernels).basis.data).toEqual(b!.data);
});
