import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openTensors } from '../../src/checkpoint/open.js';
import { openModel } from '../../src/run/open-model.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { largestDifference, passes } from './passes.js';

const folder = fileURLToPath(new URL('../golden/models/', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What PyTorch computed in float64; see test/golden/models/README.md. */
interface GoldenModel {
  readonly input_ids: readonly (readonly number[])[];
  readonly logits_last: readonly (readonly number[])[];
  readonly argmax: readonly (readonly number[])[];
  readonly loss: number;
}

describe.each(passes)('$name forward pass', ({ forward, tolerance }) => {
  it.each(names)('equals PyTorch: %s', (name) => {
    const golden: GoldenModel = JSON.parse(readFileSync(`${folder}${name}/golden.json`, 'utf8'));
    const model = openModel(`${folder}${name}`);
    const weights = model.open(model.steps[0]!);
    const { layers, heads, vocabSize } = weights.architecture;
    const length = golden.input_ids[0]!.length;
    const found = forward(weights, {
      tokens: Int32Array.from(golden.input_ids.flat()),
      length,
      attention: 'all',
      logits: [length - 3, length - 2, length - 1],
    });

    const logits = found.logits!.subarray(0, 3 * vocabSize);
    expect(largestDifference(logits, golden.logits_last.flat())).toBeLessThan(tolerance);
    const losses = Float64Array.from(found.losses!);
    const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    expect(Math.abs(loss - golden.loss)).toBeLessThan(tolerance);
    expect(Array.from(found.predictions!)).toEqual(golden.argmax.flat());

    const maps = openTensors(`${folder}${name}/golden_attention.safetensors`);
    const size = length * length;
    // The maps were rounded to float32.
    const rounding = 1e-7;
    for (let head = 0; head < layers * heads; head++) {
      const layer = toFloat64(maps.get(`attention.${Math.floor(head / heads)}`)!);
      const expected = layer.subarray((head % heads) * size, ((head % heads) + 1) * size);
      const own = found.attention!.get(head)!.subarray(0, size);
      expect(largestDifference(own, expected)).toBeLessThan(tolerance + rounding);
    }
  });

  it.each(names)('predicts at some positions as at all of them, to the same bits: %s', (name) => {
    const golden: GoldenModel = JSON.parse(readFileSync(`${folder}${name}/golden.json`, 'utf8'));
    const model = openModel(`${folder}${name}`);
    const weights = model.open(model.steps[0]!);
    const length = golden.input_ids[0]!.length;
    const request = { tokens: Int32Array.from(golden.input_ids.slice(0, 3).flat()), length };
    const whole = forward(weights, { ...request, logits: [4] });
    const predictions = [length - 1, 7, length - 4];
    const some = forward(weights, { ...request, predictions, logits: [4] });
    const asked = (at: number, size: number) => predictions.includes(at % size);
    expect(some.logits).toEqual(whole.logits);
    expect(some.predictions).toEqual(whole.predictions!.map((token, at) => (asked(at, length) ? token : -1)));
    expect(some.losses).toEqual(whole.losses!.map((loss, at) => (asked(at, length - 1) ? loss : Number.NaN)));
    // The whole residual stream is there where it is asked for beside them.
    const layers = weights.architecture.layers;
    const beside = forward(weights, { ...request, predictions, residuals: [layers] });
    const stream = forward(weights, { ...request, predictions: false, residuals: [layers] });
    expect(beside.losses).toEqual(some.losses);
    expect(beside.residuals).toEqual(stream.residuals);
  });
});
