import { describe, expect, it } from 'vitest';
import type { PickleValue } from '../../src/checkpoint/pickle-values.js';
import { PickledTensor } from '../../src/checkpoint/pickled-tensor.js';
import { stateDictOf } from '../../src/checkpoint/state-dict.js';
import { contiguousStrides } from '../../src/tensor/tensor.js';
import { refusal } from './hostile-archives.js';

const file = 'checkpoint.pt';

function tensorOf(...shape: number[]): PickledTensor {
  const bytes = new Uint8Array(4 * shape.reduce((product, length) => product * length, 1));
  return new PickledTensor(
    { dtype: 'float32', shape, strides: contiguousStrides(shape), offset: 0 },
    {
      size: bytes.length,
      read: () => bytes,
      readRange: (offset, length) => bytes.subarray(offset, offset + length),
    },
  );
}

const dict = (entries: Readonly<Record<string, PickleValue>>) => new Map(Object.entries(entries));
const weights = () => dict({ w: tensorOf(2, 3) });
const namesOf = (root: PickleValue, key?: string) => [...stateDictOf(root, file, key).keys()];

describe('the state dict of a file', () => {
  it.each(['state_dict', 'model', 'model_state', 'net', 'anything at all'])('is found under %s', (key) => {
    expect(namesOf(dict({ [key]: weights(), step: 3, config: dict({ d_model: 64 }) }))).toEqual(['w']);
  });

  it('is told from what training leaves beside it', () => {
    const root = dict({
      rng: dict({ cpu: tensorOf(5) }),
      model: weights(),
      losses: dict({ best: tensorOf() }),
      optimizer: dict({ state: dict({ exp_avg: tensorOf(2, 3) }), param_groups: [] }),
    });
    expect(namesOf(root)).toEqual(['w']);
  });

  it('is asked for where there are several', () => {
    const root = dict({ net: weights(), ema: dict({ w: tensorOf(2, 3), decay: tensorOf() }) });
    expect(refusal(() => namesOf(root), file)).toMatch(
      /holds 2 state dicts: net \(1 tensors, 24 bytes\), ema \(2 tensors, 28 bytes\); choose one with --key, such as --key net/,
    );
    expect(namesOf(root, 'ema')).toEqual(['w', 'decay']);
    expect(refusal(() => namesOf(root, 'average'), file)).toMatch(/no state dict under the key "average"/);
  });

  it('has every key under which the same dictionary stands, and is one of them', () => {
    const shared = weights();
    const root = dict({ net: shared, nested: dict({ ema: shared }) });
    expect(namesOf(root)).toEqual(['w']);
    expect(namesOf(root, 'net')).toEqual(['w']);
    expect(namesOf(root, 'nested.ema')).toEqual(['w']);
  });

  it('may contain itself', () => {
    const root: Map<string, PickleValue> = dict({ w: tensorOf(2, 3) });
    root.set('self', root);
    expect(namesOf(root)).toEqual(['w']);
  });

  it('loses prefixes of wrappers that all names have', () => {
    expect(
      namesOf(dict({ 'module._orig_mod.a': tensorOf(1, 1), 'module._orig_mod.b': tensorOf(1) })),
    ).toEqual(['a', 'b']);
    expect(namesOf(dict({ 'module.a': tensorOf(1, 1), b: tensorOf(1) }))).toEqual(['module.a', 'b']);
  });
});
