import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ModelMeasureName, ModelPlan } from '../../../src/measures/model-plan.js';
import { headIndex } from '../../../src/model/heads.js';
import type { ModelWeights } from '../../../src/model/weights.js';
import { openModel } from '../../../src/run/open-model.js';
import { measureWeights as measureOpenWeights } from '../../../src/series/measure-weights.js';
import type { ModelColumns, PairColumn } from '../../../src/series/model-columns.js';

/** Small models of every family, with values from PyTorch: see their README. */
const folder = fileURLToPath(new URL('../../golden/models', import.meta.url));

/** A trained one, and its values. */
export const smallLlama = fileURLToPath(new URL('../../../examples/small_llama', import.meta.url));
export const smallLlamaValues = () =>
  JSON.parse(readFileSync(fileURLToPath(new URL('../../golden/small_llama.json', import.meta.url)), 'utf8'));

export const goldenModels = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export function goldenModelPath(name: string): string {
  return `${folder}/${name}`;
}

export function goldenModelValues(name: string) {
  return JSON.parse(readFileSync(`${folder}/${name}/golden.json`, 'utf8'));
}

/** The weights of a folder that holds one model. */
export function weightsAt(path: string): ModelWeights {
  const model = openModel(path);
  return model.open(model.steps[0]!);
}

/** Positions at which the golden values are; a model without rotary ones knows none but 0. */
export function relPosOf({ architecture }: ModelWeights): number[] {
  return architecture.positions.kind === 'rotary' ? [0, -1, -9] : [0];
}

/** Every measure of weights, at the positions and ranks of the golden values. */
export function measureWeights(weights: ModelWeights, plan: Partial<ModelPlan> = {}): Promise<ModelColumns> {
  return measureOpenWeights(weights, { ranks: [2, 5, 8], relPos: relPosOf(weights), ...plan });
}

/** The value of one pair in a column, by names of its heads. */
export function valueOfPair({ values }: PairColumn, weights: ModelWeights, pair: string): number {
  const { layers, heads } = weights.architecture;
  const [writer, reader] = pair.split('>').map((name) => {
    const [layer, head] = name.split('.').map(Number);
    return headIndex({ layers, heads }, layer!, head!);
  });
  return values[reader! * layers * heads + writer!]!;
}

/** All numbers of some measures, column by column, by the column's key. */
export function numbersOf(
  { pairs, heads }: ModelColumns,
  without: readonly ModelMeasureName[] = [],
): Map<string, Float64Array> {
  const kept = [...pairs, ...heads].filter(({ key }) => !without.some((name) => name === key.measure));
  return new Map(kept.map(({ key, values }) => [JSON.stringify(key), values]));
}
