import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ModelConfig } from '../../src/model/config.js';

const folder = fileURLToPath(new URL('../golden/model/', import.meta.url));

/** What PyTorch computed for one small model; see tools/make_model_golden.py. */
export interface GoldenCase {
  readonly config: ModelConfig;
  readonly label_smoothing: number;
  readonly weight_decay: number;
  readonly dropout_seed: number;
  readonly learning_rates: readonly number[];
  readonly losses: readonly number[];
  readonly untrained: readonly string[];
  readonly parameters: readonly (readonly [string, readonly number[]])[];
  /** steps × sequences × T. */
  readonly batches: readonly (readonly (readonly number[])[])[];
  readonly tensors: Readonly<Record<'start' | 'logits' | 'gradients' | 'after', Float32Array>>;
}

/** Names of all cases. */
export const goldenNames = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -5));

/** Reads one case. */
export function goldenCase(name: string): GoldenCase {
  const index = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8'));
  const bytes = readFileSync(`${folder}${name}.f32`);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const tensors = Object.fromEntries(
    Object.entries(index.tensors as Record<string, { offset: number; length: number }>).map(
      ([key, { offset, length }]) => [key, values.subarray(offset, offset + length)],
    ),
  );
  return { ...index, tensors };
}
