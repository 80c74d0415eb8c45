import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoint/open.js';
import { transpose } from '../../src/linalg/blocks.js';
import { kernels } from '../../src/linalg/kernels.js';
import { matrix } from '../../src/linalg/matrix.js';
import { parseConfig } from '../../src/run/config.js';
import { measureCheckpoint } from '../../src/series/measure-checkpoint.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { contiguousStrides, type StateDict } from '../../src/tensor/tensor.js';
import { fill, times } from '../linalg/matrices.js';

const run = fileURLToPath(new URL('../../examples/small_run/', import.meta.url));
const { config } = parseConfig(readFileSync(`${run}config.json`, 'utf8'), 'config.json');
const { state } = openCheckpoint(`${run}ckpt_1000.pt`);

/** The state with some tensors replaced by float64 ones. */
function changed(change: (name: string, values: Float64Array) => Float64Array | undefined): StateDict {
  return new Map(
    [...state].map(([name, tensor]) => {
      const values = change(name, toFloat64(tensor));
      if (values === undefined) return [name, tensor];
      const storage = new Uint8Array(values.buffer);
      const { shape } = tensor;
      return [name, { dtype: 'float64', shape, strides: contiguousStrides(shape), offset: 0, storage }];
    }),
  );
}

function valuesOf(weights: StateDict, measures: readonly string[]): number[] {
  const plan = { config, ranks: [1, 5, 10], relPos: [0, -3] };
  const { keys, values } = measureCheckpoint(weights, plan, kernels, 'state');
  return [...values].filter((_, at) => measures.includes(keys[at]!.measure));
}

const d = config.d_model;
/** A rotation of the residual stream: a product of two reflections. */
const turn = times(
  fill(d, d, (i, j) => (i === j ? 1 : 0) - 2 / d),
  fill(d, d, (i, j) => (i === j ? 1 : 0) - (2 * (i + 1) * (j + 1) * 6) / (d * (d + 1) * (2 * d + 1))),
);

it('does not change when the residual stream is rotated', () => {
  // E → E Q; W_q, W_k, W_v → W Q; W_o → Qᵀ W_o: circuits and embedding turn together.
  const rotated = changed((name, values) => {
    if (name === 'embed.embed.weight')
      return times(matrix(config.vocab_size, d, values as Float64Array<ArrayBuffer>), turn).data;
    const part = /mha\.W_([qkvo])\.weight$/.exec(name)?.[1];
    if (part === undefined) return undefined;
    const weight = matrix(d, d, values as Float64Array<ArrayBuffer>);
    return (part === 'o' ? times(transpose(turn), weight) : times(weight, turn)).data;
  });
  // The diagonal z-score is about coordinates, so it alone may change.
  const measures = ['mismatch_ratio', 'qk_ov_match', 'wte_ov_match'];
  const before = valuesOf(state, measures);
  const after = valuesOf(rotated, measures);
  expect(before.length).toBe(2 + 2 * 3 * 2 + 3 * 2);
  for (const [at, value] of before.entries()) expect(after[at]).toBeCloseTo(value, 11);
});

it('does not change with the scale of the weights', () => {
  const scaled = changed((name, values) =>
    /W_[qkvo]\.weight$/.test(name) ? values.map((value) => 1024 * value) : undefined,
  );
  const measures = ['z_score', 'mismatch_ratio', 'qk_ov_match', 'wte_ov_match', 'estimated_rank'];
  const before = valuesOf(state, measures);
  const after = valuesOf(scaled, measures);
  for (const [at, value] of before.entries()) {
    if (Number.isNaN(value)) expect(after[at]).toBeNaN();
    else expect(after[at]).toBeCloseTo(value, 11);
  }
});

it('scores a circuit that reads just what is written as a perfect match', () => {
  // W_q = I and W_k = W_OVᵀ: the right singular vectors of W_QK are the left ones of W_OV.
  const wo = toFloat64(state.get('h.0.mha.W_o.weight')!);
  const wv = toFloat64(state.get('h.0.mha.W_v.weight')!);
  const wov = times(matrix(d, d, wo), matrix(d, d, wv));
  const aligned = changed((name) => {
    if (name === 'h.1.mha.W_q.weight') return fill(d, d, (i, j) => (i === j ? 1 : 0)).data;
    if (name === 'h.1.mha.W_k.weight') return transpose(wov).data;
    return undefined;
  });
  const plan = { config, ranks: [1, 5, 10], relPos: [0] };
  const { keys, values } = measureCheckpoint(aligned, plan, kernels, 'state');
  const matches = [...values].filter((_, at) => keys[at]!.measure === 'qk_ov_match');
  expect(matches.length).toBe(6);
  for (const match of matches) expect(match).toBeCloseTo(1, 12);
});

/** Values of a measure by rank, for `mean` of the matches and `token_mean` of the coefficients. */
function byRank(weights: StateDict, measure: string, of: string, ranks: readonly number[]) {
  const plan = { config, ranks, relPos: [-3] };
  const { keys, values } = measureCheckpoint(weights, plan, kernels, 'state');
  return [...values].filter((_, at) => {
    const key = keys[at]!;
    return key.measure === measure && key.of === of && /mean$/.test(key.statistic ?? '');
  });
}

it('has no subspace above the rank of a circuit', () => {
  // Three rows of W_v are left, so W_OV has rank 3; two rows of layer 1's W_k, so W_QK has rank 2.
  const keep = (rows: number) => (values: Float64Array) =>
    values.map((value, at) => (at < rows * d ? value : 0));
  const ranks = [1, 2, 3, 4];
  const known = (values: readonly number[]) => values.map((value) => !Number.isNaN(value));
  const written = changed((name, values) => (name === 'h.0.mha.W_v.weight' ? keep(3)(values) : undefined));
  expect(known(byRank(written, 'qk_ov_match', '0.0>1.0', ranks))).toEqual([true, true, true, false]);
  expect(known(byRank(written, 'wte_ov_match', '0.0', ranks))).toEqual([true, true, true, false]);
  const read = changed((name, values) => (name === 'h.1.mha.W_k.weight' ? keep(2)(values) : undefined));
  expect(known(byRank(read, 'qk_ov_match', '0.0>1.0', ranks))).toEqual([true, true, false, false]);
  expect(known(byRank(read, 'wte_ov_match', '0.0', ranks))).toEqual([true, true, true, true]);
  const query = changed((name, values) => (name === 'h.0.mha.W_q.weight' ? keep(2)(values) : undefined));
  const coefficient = (of: string) => byRank(query, 'position_coefficient', of, ranks);
  expect(known(coefficient('query_subspace'))).toEqual([true, true, false, false]);
  expect(known(coefficient('key_subspace'))).toEqual([true, true, true, true]);
});

it('has no numbers for circuits of zeros, and none that overflow', () => {
  const measures = ['z_score', 'qk_ov_match', 'wte_ov_match'];
  const zero = changed((name, values) => (/W_[qkvo]\.weight$/.test(name) ? values.map(() => 0) : undefined));
  expect(valuesOf(zero, measures).every(Number.isNaN)).toBe(true);
  const huge = changed((name, values) =>
    /W_[qkvo]\.weight$/.test(name) ? values.map((value) => value * 1e200) : undefined,
  );
  expect(valuesOf(huge, [...measures, 'mismatch_ratio']).every(Number.isNaN)).toBe(true);
});

it('takes no weights that are whole numbers', () => {
  const tensor = state.get('h.1.mha.W_k.weight')!;
  const whole = new Map(state).set('h.1.mha.W_k.weight', { ...tensor, dtype: 'int32' });
  expect(() => valuesOf(whole, ['z_score'])).toThrow(
    /^state: tensor h\.1\.mha\.W_k\.weight is int32, expected weights in a floating-point format/,
  );
});

it('lets the first of equal scores win', () => {
  // E = [I 0] and W_QKOV = I + e₀e₁ᵀ up to a factor, so S[0, 0] = S[0, 1] and every other row is its own.
  const eye = (also: (i: number, j: number) => boolean, rows = d) =>
    fill(rows, d, (i, j) => (i === j || also(i, j) ? 1 : 0)).data;
  const alike = (first: number, second: number) =>
    changed((name) => {
      if (name === 'embed.embed.weight') return eye(() => false, config.vocab_size);
      if (!/W_[qkvo]\.weight$/.test(name)) return undefined;
      return eye((i, j) => name === 'h.0.mha.W_v.weight' && i === first && j === second);
    });
  const ratio = (weights: StateDict) => {
    const { keys, values } = measureCheckpoint(
      weights,
      { config, ranks: [1], relPos: [0] },
      kernels,
      'state',
    );
    return values[keys.findIndex(({ measure }) => measure === 'mismatch_ratio')];
  };
  expect(ratio(alike(0, 1))).toBe(0);
  expect(ratio(alike(1, 0))).toBe(1 / config.vocab_size);
});
