import type { StateDict, Tensor } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { PickleTuple, type PickleValue } from './pickle-values.js';
import { PickledTensor } from './torch-globals.js';

/** Prefixes that wrappers put before every name: DataParallel, and torch.compile. */
const wrapperPrefixes = ['module.', '_orig_mod.'];

/** Where training scripts keep the state dict, if it is not the whole file. */
const nestedKeys = ['model', 'state_dict', 'model_state_dict', 'module', 'net'];

/** Deeper nesting than this is no checkpoint. */
const deepest = 8;

const longestName = 1000;

/**
 * Finds the state dict in what a file holds: the dictionary itself, or one nested under `model`, `state_dict`, … .
 * Prefixes that all names share because the model was wrapped (`module.`) are dropped.
 * @throws CheckpointError where there is none
 */
export function stateDictOf(root: PickleValue, file: string): StateDict {
  const found = findStateDict(root, 0, new Set());
  if (found === undefined) {
    throw new CheckpointError(
      `${file}: holds no state dict (a dictionary of tensors); save one with torch.save(model.state_dict(), …)`,
    );
  }
  return withoutWrapper(found);
}

/** @param seen containers already looked into: a hostile file can refer to the same one over and over */
function findStateDict(
  value: PickleValue,
  depth: number,
  seen: Set<PickleValue>,
): Map<string, Tensor> | undefined {
  if (!(value instanceof Map) || depth > deepest || seen.has(value)) return undefined;
  seen.add(value);
  // Nested ones first: scripts keep other tensors beside the state dict, such as the random state.
  for (const key of nestedKeys) {
    const nested = findStateDict(value.get(key) ?? null, depth + 1, seen);
    if (nested !== undefined) return nested;
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, item] of value) {
    if (typeof name === 'string' && item instanceof PickledTensor && item.tensor)
      tensors.set(name, item.tensor);
  }
  return tensors.size > 0 ? tensors : undefined;
}

function withoutWrapper(state: Map<string, Tensor>): Map<string, Tensor> {
  let current = state;
  for (let wrappers = 0; wrappers < deepest; wrappers++) {
    const names = [...current.keys()];
    const shared = wrapperPrefixes.find((prefix) => names.every((name) => name.startsWith(prefix)));
    if (shared === undefined) break;
    current = new Map([...current].map(([name, tensor]) => [name.slice(shared.length), tensor]));
  }
  return current;
}

/**
 * Every tensor that a file holds, wherever: `optimizer.state.0.exp_avg`, `2` for the third of a list.
 * @throws CheckpointError for names without end
 */
export function allTensors(root: PickleValue, file: string): StateDict {
  const tensors = new Map<string, Tensor>();
  const seen = new Set<PickleValue>();
  const walk = (value: PickleValue, path: string, depth: number): void => {
    if (
      depth > deepest ||
      (typeof value === 'object' && !(value instanceof PickledTensor) && seen.has(value))
    )
      return;
    seen.add(value);
    const into = (key: string | number, item: PickleValue) => {
      // One long key with many short ones below it would make names of gigabytes.
      if (path.length + String(key).length > longestName) {
        throw new CheckpointError(`${file}: the name of a tensor has more than ${longestName} characters`);
      }
      walk(item, path === '' ? `${key}` : `${path}.${key}`, depth + 1);
    };
    if (value instanceof PickledTensor) {
      if (value.tensor !== undefined) tensors.set(path === '' ? 'tensor' : path, value.tensor);
    } else if (value instanceof Map) {
      for (const [key, item] of value)
        if (typeof key === 'string' || typeof key === 'number') into(key, item);
    } else if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) into(at, item);
    } else if (value instanceof PickleTuple) {
      for (const [at, item] of value.items.entries()) into(at, item);
    }
  };
  walk(root, '', 0);
  return tensors;
}
