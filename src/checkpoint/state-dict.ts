import { bytesPerElement, isFloating } from '../tensor/dtype.js';
import { elementCount } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { PickleTuple, type PickleValue } from './pickle-values.js';
import { PickledTensor } from './pickled-tensor.js';

/** Named tensors of a pickle, in its order. */
export type PickledState = ReadonlyMap<string, PickledTensor>;

/** Prefixes that wrappers put before every name: DataParallel, and torch.compile. */
const wrapperPrefixes = ['module.', '_orig_mod.'];

/** Deeper nesting than this is no checkpoint. */
const deepest = 8;

const longestName = 1000;

/** What the dictionary at the top is called where it stands beside nested ones. */
const topKey = '.';

/** A dictionary of tensors, and the keys that lead to it, joined by dots. */
interface FoundDict {
  readonly key: string;
  readonly tensors: PickledState;
  /** Further keys under which the file holds the same dictionary: weights that were not averaged yet, say. */
  readonly otherKeys: string[];
}

/**
 * The state dict that a file holds, under whatever key. Others that stand beside it without being a model's weights (an
 * optimiser's state, random states, averages of losses) are recognised by holding no matrix of floating-point numbers.
 * Prefixes that all names share because the model was wrapped (`module.`) are dropped.
 * @param key of the one to take, where there are several
 * @throws CheckpointError where there is none, or several and no key, naming them
 */
export function stateDictOf(root: PickleValue, file: string, key?: string): PickledState {
  const found = findDicts(root);
  if (key !== undefined) {
    const named = found.find((dict) => dict.key === key || dict.otherKeys.includes(key));
    if (named !== undefined) return withoutWrapper(named.tensors);
    throw new CheckpointError(
      `${file}: holds no state dict under the key ${JSON.stringify(key)}; it holds ${found.map(describe).join(', ') || 'none'}`,
    );
  }
  const likely = [2, 1]
    .map((dimensions) => found.filter(({ tensors }) => hasFloats([...tensors.values()], dimensions)))
    .concat([found])
    .find((dicts) => dicts.length > 0);
  const [only, another] = likely ?? [];
  if (likely === undefined || only === undefined) {
    throw new CheckpointError(
      `${file}: holds no state dict (a dictionary of tensors); save one with torch.save(model.state_dict(), …)`,
    );
  }
  if (another !== undefined) {
    throw new CheckpointError(
      `${file}: holds ${likely.length} state dicts: ${likely.map(describe).join(', ')}; choose one with --key, such as --key ${only.key}`,
    );
  }
  return withoutWrapper(only.tensors);
}

/** Every dictionary that holds tensors, outer ones first. */
function findDicts(root: PickleValue): FoundDict[] {
  const found: FoundDict[] = [];
  // A hostile file can refer to the same container over and over.
  const seen = new Set<PickleValue>();
  const dictOf = new Map<PickleValue, FoundDict>();
  const walk = (value: PickleValue, path: string, depth: number): void => {
    if (depth > deepest || path.length > longestName) return;
    if (seen.has(value)) {
      dictOf.get(value)?.otherKeys.push(path);
      return;
    }
    const below = (key: string | number, item: PickleValue) =>
      walk(item, path === '' ? `${key}` : `${path}.${key}`, depth + 1);
    if (value instanceof Map) {
      seen.add(value);
      if (value.has('param_groups')) return;
      const tensors = new Map<string, PickledTensor>();
      for (const [name, item] of value) {
        if (typeof name === 'string' && item instanceof PickledTensor && item.content !== undefined)
          tensors.set(name, item);
      }
      if (tensors.size > 0) {
        const dict = { key: path === '' ? topKey : path, tensors, otherKeys: [] };
        dictOf.set(value, dict);
        found.push(dict);
      }
      // Keys of an optimiser's state are numbers.
      for (const [name, item] of value) if (typeof name === 'string') below(name, item);
    } else if (Array.isArray(value) || value instanceof PickleTuple) {
      seen.add(value);
      for (const [at, item] of (Array.isArray(value) ? value : value.items).entries()) below(at, item);
    }
  };
  walk(root, '', 0);
  return found;
}

/** Whether a floating-point tensor has at least so many dimensions, and any elements. */
function hasFloats(tensors: readonly PickledTensor[], dimensions: number): boolean {
  return tensors.some(({ content }) => {
    if (content === undefined) return false;
    const { shape, dtype } = content.layout;
    return shape.length >= dimensions && elementCount(shape) > 0 && isFloating(dtype);
  });
}

function describe({ key, tensors }: FoundDict): string {
  const bytes = [...tensors.values()].reduce((sum, { content }) => {
    const { shape, dtype } = content!.layout;
    return sum + elementCount(shape) * bytesPerElement[dtype];
  }, 0);
  return `${key === topKey ? 'the top, key "."' : key} (${tensors.size} tensors, ${bytes} bytes)`;
}

function withoutWrapper(state: PickledState): PickledState {
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
export function allTensors(root: PickleValue, file: string): PickledState {
  const tensors = new Map<string, PickledTensor>();
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
      if (value.content !== undefined) tensors.set(path === '' ? 'tensor' : path, value);
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
