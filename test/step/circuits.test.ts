import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernels } from '../../src/linalg/kernels.js';
import { matrix } from '../../src/linalg/matrix.js';
import { randomBaseline, randomCosines } from '../../src/measures/random-baseline.js';
import { parseConfig } from '../../src/run/config.js';
import { measureCheckpoint } from '../../src/series/measure-checkpoint.js';
import { circuitMaps } from '../../src/step/circuit-maps.js';
import { cosines } from '../../src/step/cosines.js';
import { choiceName, choicesOf, openStep, pairCircuits } from '../../src/step/open-step.js';
import { pairScores, relPosOrder, writerScores } from '../../src/step/over-rel-pos.js';
import { spectra } from '../../src/step/spectra.js';

/** What tools/make_step_golden.py wrote: dense float64 numpy. */
interface Case {
  readonly folder: string;
  readonly step: number;
  readonly pair: string;
  readonly circuits: Record<
    string,
    {
      readonly maps: Record<string, readonly number[]>;
      readonly s_qk: readonly number[];
      readonly s_ov: readonly number[];
      readonly qk_ov: Record<string, readonly number[]>;
      readonly wte_ov: Record<string, readonly number[]>;
    }
  >;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const cases: Case[] = JSON.parse(readFileSync(`${root}test/golden/step.json`, 'utf8'));

function open(folder: string, step: number) {
  const { config } = parseConfig(readFileSync(`${root}${folder}/config.json`, 'utf8'), folder);
  const bytes = new Uint8Array(readFileSync(`${root}${folder}/ckpt_${step}.pt`));
  return openStep(bytes, config, `ckpt_${step}.pt`, kernels);
}

function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  return Math.max(...Array.from(expected, (value, at) => Math.abs(value - found[at]!)));
}

describe.each(cases)('$folder', ({ folder, step, pair, circuits }) => {
  const opened = open(folder, step);
  const choice = pairCircuits(opened, pair);

  it.each(Object.keys(circuits))('has the circuits of numpy at t = %s', (t) => {
    const golden = circuits[t]!;
    for (const map of circuitMaps(choice, Number(t))) {
      const expected = golden.maps[map.name]!;
      // Both are rounded to float32, which may differ in the last bit.
      expect(difference(map.values, expected), map.name).toBeLessThan(2e-7 * map.largest);
      const size = map.rows;
      const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
      const diagonal = expected.filter((_, at) => at % (size + 1) === 0);
      expect(map.mean).toBeCloseTo(mean, 6);
      const sizes = expected.map(Math.abs).sort((a, b) => a - b);
      const quantile = sizes[Math.ceil(0.98 * sizes.length) - 1]!;
      expect(Math.abs(map.usual - quantile)).toBeLessThan(0.002 * map.largest);
      expect(map.diagonalMean).toBeCloseTo(diagonal.reduce((sum, value) => sum + value, 0) / size, 6);
    }
    for (const { of, s } of spectra(choice, Number(t))) {
      if (of === 'W_QK') expect(difference(s, golden.s_qk)).toBeLessThan(1e-9);
      if (of === 'W_OV') expect(difference(s, golden.s_ov)).toBeLessThan(1e-9);
    }
    for (const [rank, expected] of Object.entries(golden.qk_ov)) {
      const found = cosines(choice, Number(t), Number(rank));
      expect(difference(found.qkOv!, expected)).toBeLessThan(1e-9);
      expect(difference(found.wteOv!, golden.wte_ov[rank]!)).toBeLessThan(1e-9);
    }
  });

  it('says what the table says', () => {
    const { config, state } = opened;
    const relPos = [0, -7, 3];
    const ranks = [1, 4];
    const { keys, values } = measureCheckpoint(state, { config, ranks, relPos }, kernels, 'file');
    const table = new Map(keys.map((key, at) => [Object.values(key).join(), values[at]!]));
    const [writer] = pair.split('>');
    for (const rank of ranks) {
      for (const t of relPos) {
        const { zScore, mismatch, match } = pairScores(choice, t, rank)!;
        expect(zScore).toBe(table.get(`z_score,${pair},${t},,`));
        expect(mismatch).toBe(table.get(`mismatch_ratio,${pair},${t},,`));
        // Another number of columns is projected here.
        expect(match.mean).toBeCloseTo(table.get(`qk_ov_match,${pair},${t},${rank},mean`)!, 11);
        expect(match.largest).toBeCloseTo(table.get(`qk_ov_match,${pair},${t},${rank},largest`)!, 11);
        const angles = cosines(choice, t, rank).qkOv!;
        expect(angles[0]).toBe(match.largest);
        expect(Math.hypot(...angles) / Math.sqrt(rank)).toBeCloseTo(match.mean, 13);
      }
      const embedding = writerScores(choice, rank);
      expect(embedding.mean).toBeCloseTo(table.get(`wte_ov_match,${writer},,${rank},mean`)!, 11);
    }
    for (const { of, rank, why } of spectra(choice, 0)) {
      if (!table.has(`estimated_rank,${of},,,`)) continue;
      // Both are too small for ScreeNOT.
      expect(table.get(`estimated_rank,${of},,,`)).toBeNaN();
      expect(rank).toBeNull();
      expect(why).toMatch(/^ScreeNOT needs a spectrum of more than 41 values; here are \d+$/);
    }
  });

  it('turns W_QKOV into its z-score, and S into its mismatch, as they are drawn', () => {
    const [, , wqkov, scores] = circuitMaps(choice, -2);
    const { values, mean, diagonalMean } = wqkov!;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const { zScore, mismatch } = pairScores(choice, -2, 1)!;
    // Float32 entries.
    expect((diagonalMean - mean) / spread).toBeCloseTo(zScore, 5);
    const size = scores!.cols;
    const wrong = Array.from({ length: size }, (_, row) => {
      const entries = scores!.values.subarray(row * size, (row + 1) * size);
      return entries.indexOf(Math.max(...entries)) === row ? 0 : 1;
    });
    expect(wrong.reduce((sum: number, value) => sum + value, 0) / size).toBe(mismatch);
  });
});

it('measures W_q, W_k and the embedding against the thresholds of the table', () => {
  const opened = open('test/golden/runs/estimated_ranks', 10);
  const golden = JSON.parse(readFileSync(`${root}test/golden/runs/estimated_ranks.json`, 'utf8'));
  const expected = golden.checkpoints['10'];
  const found = new Map(spectra(pairCircuits(opened, '0.0>1.0'), 0).map((entry) => [entry.of, entry]));
  for (const of of ['W_q', 'W_k', 'wte'] as const) {
    expect(found.get(of)!.rank).toBe(expected.screenot_rank[of]);
    expect(found.get(of)!.threshold).toBeCloseTo(expected.screenot_threshold[of], 8);
  }
  expect(found.get('W_QK')!.rank).toBeGreaterThan(0);
});

it('keeps as many columns as the ranks asked for need, and gives the same numbers', () => {
  const opened = open('test/golden/runs/estimated_ranks', 10);
  const few = pairCircuits(opened, '0.0>1.0', 5);
  expect(pairCircuits(opened, '0.0>1.0', 20)).toBe(few);
  const more = pairCircuits(opened, '0.0>1.0', 21);
  expect(more.circuits.maxRank).toBe(40);
  expect(pairCircuits(opened, '0.0>1.0', 5)).toBe(more);
  const all = pairCircuits(opened, '0.0>1.0', 48);
  expect(all.circuits.maxRank).toBe(48);
  for (const choice of [more, all]) {
    expect(difference(cosines(choice, -3, 20).qkOv!, cosines(few, -3, 20).qkOv!)).toBeLessThan(1e-11);
  }
  // At full rank both subspaces are the whole space.
  expect(difference(cosines(all, -3, 48).qkOv!, new Float64Array(48).fill(1))).toBeLessThan(1e-11);
});

it('shows one layer what it has, and says of narrow heads why they have no threshold', () => {
  const one = open('test/golden/runs/one_layer', 10);
  expect(choicesOf(one.config)).toEqual(['0.0']);
  const alone = pairCircuits(one, '0.0');
  expect(circuitMaps(alone, 0).map(({ name }) => name)).toEqual(['wov']);
  expect(pairScores(alone, 0, 5)).toBeNull();
  expect(cosines(alone, 0, 5).qkOv).toBeNull();
  expect(cosines(alone, 0, 5).wteOv).toHaveLength(5);
  expect(() => pairCircuits(one, '0.0>1.0')).toThrow('such as 0.0');
  const deep = open('test/golden/runs/four_layers_four_heads', 10);
  expect(choicesOf(deep.config)).toHaveLength(6 * 16);
  for (const name of choicesOf(deep.config)) expect(choiceName(pairCircuits(deep, name))).toBe(name);
  const [wov] = spectra(pairCircuits(deep, '0.0>1.0'), 0).filter(({ of }) => of === 'W_OV');
  expect(wov).toMatchObject({ threshold: null, why: 'its rank is at most d_head = 8 by construction' });
  for (const name of ['', '0.0', '1.0>0.0', '0.0>9.0', '__proto__']) {
    expect(() => pairCircuits(deep, name)).toThrow('expected a head and one of a later layer');
  }
});

it('turns a relative position and its opposite into transposed rotations', () => {
  const opened = open('examples/small_run', 2000);
  fc.assert(
    fc.property(fc.integer({ min: -60, max: 60 }), (t) => {
      // Exchanging queries and keys and the sign of t transposes W_QK: R(-t) = R(t)ᵀ.
      const swapped = {
        ...opened,
        recent: [],
        weights: {
          ...opened.weights,
          heads: opened.weights.heads.map((layer) =>
            layer.map((head) => ({ ...head, wq: head.wk, wk: head.wq })),
          ),
        },
      };
      const [there] = circuitMaps(pairCircuits(opened, '0.0>1.0'), t);
      const [back] = circuitMaps(pairCircuits(swapped, '0.0>1.0'), -t);
      const size = there!.cols;
      const transposed = there!.values.map(
        (_, at) => there!.values[(at % size) * size + Math.floor(at / size)]!,
      );
      expect(difference(back!.values, transposed)).toBeLessThan(1e-6 * there!.largest);
    }),
    { numRuns: 20 },
  );
  expect(relPosOrder('rotary', 2)).toEqual([0, -1, 1, -2, 2]);
  expect(relPosOrder(null, 2)).toEqual([0]);
});

describe('random cosines', () => {
  it.each([
    [64, 10],
    [24, 20],
    [16, 16],
  ])('at d = %i, r = %i have the baseline of the table as their largest', (d, rank) => {
    const found = randomCosines(d, rank, kernels);
    const { largest } = randomBaseline(d, rank);
    expect(found).toHaveLength(rank);
    expect(difference(Object.values(found[0]!), Object.values(largest))).toBeLessThan(1e-12);
  });

  it('lie where QR of normal matrices puts them', () => {
    const [d, rank, draws] = [12, 3, 4000];
    let state = 1;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const normals = () =>
      matrix(
        d,
        rank,
        Float64Array.from(
          { length: d * rank },
          () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
        ),
      );
    const sums = new Float64Array(rank);
    for (let draw = 0; draw < draws; draw++) {
      const product = kernels.multiply(kernels.qr(normals()).q, kernels.qr(normals()).q, { a: true });
      kernels.svd(product).s.forEach((value, at) => {
        sums[at]! += value / draws;
      });
    }
    const means = randomCosines(d, rank, kernels).map(({ mean }) => mean);
    // Two estimates from thousands of draws, each within ±0.004.
    expect(difference(means, sums)).toBeLessThan(0.012);
  });
});
