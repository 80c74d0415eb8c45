import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { transpose } from '../../../src/linalg/blocks.js';
import { type Matrix, matrix } from '../../../src/linalg/matrix.js';
import { reference } from '../../../src/linalg/reference.js';
import { keyHeadOf } from '../../../src/model/architecture.js';
import { decodeFloat64 } from '../../../src/model/decode-map.js';
import type { ModelWeights } from '../../../src/model/weights.js';
import { openModel } from '../../../src/run/open-model.js';

/** Models of every family with values from PyTorch; a clone may lack them. */
const root = fileURLToPath(new URL('../../../../shared/reference/models', import.meta.url));
const folders = existsSync(root)
  ? [
      ...readdirSync(`${root}/random`).map((name) => `random/${name}`),
      ...['trained/llama', 'trained/gpt2', 'trained/gpt_neox/final'],
    ]
  : [];

interface Head {
  readonly wq: Matrix;
  readonly wk: Matrix;
  readonly wov: Matrix;
}

function headOf(weights: ModelWeights, layer: number, head: number): Head {
  const { architecture } = weights;
  const { headWidth: h, width: d } = architecture;
  const { query, key, value, output, queryNorm, keyNorm } = weights.layer(layer).attention();
  const group = keyHeadOf(architecture, head);
  const scaled = (values: Float64Array<ArrayBuffer>, gain: Float64Array | null | undefined) =>
    matrix(
      h,
      d,
      values.map((x, at) => x * (gain?.[Math.floor(at / d)] ?? 1)),
    );
  const wo = decodeFloat64(output);
  const columns = new Float64Array(d * h);
  for (let row = 0; row < d; row++) {
    const from = row * architecture.heads * h + head * h;
    columns.set(wo.subarray(from, from + h), row * h);
  }
  return {
    wq: scaled(decodeFloat64(query, head * h, h), queryNorm?.gain),
    wk: scaled(decodeFloat64(key, group * h, h), keyNorm?.gain),
    wov: reference.multiply(matrix(d, h, columns), matrix(h, d, decodeFloat64(value, group * h, h))),
  };
}

/** R(t)·a by the definition, pair by pair. */
function rotated(a: Matrix, frequencies: Float64Array, t: number): Matrix {
  const data = a.data.slice();
  frequencies.forEach((frequency, pair) => {
    const [c, s] = [Math.cos(t * frequency), Math.sin(t * frequency)];
    for (let col = 0; col < a.cols; col++) {
      const [x, y] = [a.data[2 * pair * a.cols + col]!, a.data[(2 * pair + 1) * a.cols + col]!];
      data[2 * pair * a.cols + col] = c * x - s * y;
      data[(2 * pair + 1) * a.cols + col] = s * x + c * y;
    }
  });
  return matrix(a.rows, a.cols, data);
}

const norm = ({ data }: Matrix) => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));

interface GoldenPair {
  readonly z_score: number;
  readonly k_composition: number;
  readonly q_composition: number;
}

describe.skipIf(folders.length === 0)('heads of published layouts give the compositions of PyTorch', () => {
  it.each(folders)('%s', (folder) => {
    const golden = JSON.parse(readFileSync(`${root}/${folder}/golden.json`, 'utf8'));
    const model = openModel(`${root}/${folder}`);
    const weights = model.open(model.steps[0]!);
    const { positions, width: d } = weights.architecture;
    const pairs = Object.entries<Record<string, GoldenPair | number>>(golden.pairs.stored);
    let compared = 0;
    // Every fifth pair meets every layer and every group of keys.
    for (const [pair, values] of pairs.filter((_, at) => at % 5 === 0)) {
      const [writer, reader] = pair.split('>').map((name) => {
        const [layer, head] = name.split('.').map(Number);
        return headOf(weights, layer!, head!);
      }) as [Head, Head];
      for (const [t, expected] of Object.entries(values)) {
        if (typeof expected === 'number') continue;
        const wk =
          positions.kind === 'rotary' ? rotated(reader.wk, positions.frequencies, Number(t)) : reader.wk;
        const wqk = reference.multiply(transpose(reader.wq), wk);
        const composed = reference.multiply(wqk, writer.wov);
        const norms = norm(wqk) * norm(writer.wov);
        expect(norm(composed) / norms).toBeCloseTo(expected.k_composition, 9);
        expect(norm(reference.multiply(transpose(writer.wov), wqk)) / norms).toBeCloseTo(
          expected.q_composition,
          9,
        );
        const mean = composed.data.reduce((sum, x) => sum + x, 0) / d ** 2;
        const square = composed.data.reduce((sum, x) => sum + x * x, 0) / d ** 2;
        let trace = 0;
        for (let i = 0; i < d; i++) trace += composed.data[i * d + i]!;
        expect((trace / d - mean) / Math.sqrt(square - mean ** 2)).toBeCloseTo(expected.z_score, 9);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(5);
  });
});
