import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { toFloat64 } from '../../src/tensor/decode.js';
import type { StateDict, Tensor } from '../../src/tensor/tensor.js';

/** A tensor as PyTorch reads it, written down by tools/make_golden_checkpoints.py. */
export interface ExpectedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Row-major; what JSON cannot say is a string. */
  readonly values: readonly (number | string)[];
}

const folder = new URL('../golden/checkpoint/', import.meta.url);

export const golden: ReadonlyMap<string, readonly ExpectedTensor[]> = new Map(
  Object.entries(JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'))),
);

export function goldenPath(file: string): string {
  return fileURLToPath(new URL(file, folder));
}

export function goldenBytes(file: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(file, folder)));
}

/** Names in order, dtypes, shapes and every value, the sign of zeros included. */
export function expectTensors(found: StateDict, expected: readonly ExpectedTensor[]): void {
  expect([...found].map(([name, tensor]) => describeTensor(name, tensor))).toEqual(
    expected.map(({ name, dtype, shape, values }) => ({ name, dtype, shape, values: values.map(Number) })),
  );
}

export function describeTensor(name: string, tensor: Tensor) {
  return { name, dtype: tensor.dtype, shape: tensor.shape, values: Array.from(toFloat64(tensor)) };
}
