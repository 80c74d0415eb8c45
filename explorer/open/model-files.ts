import { configName, missingWeights, weightsIn } from '../../src/run/weight-names.js';

/** The files of one model, as a reader chose them; nothing of them is read yet. */
export interface ModelFiles {
  /** Of the folder. */
  readonly name: string;
  readonly config: File;
  /** Weights, or the index of their shards. */
  readonly weights: File;
  /** Everything in the folder, by name: shards, the tokenizer. */
  readonly byName: ReadonlyMap<string, File>;
}

/**
 * The model among files of a folder.
 * @throws Error whose message says what the folder lacks
 */
export function modelFiles(files: readonly File[]): ModelFiles {
  const folders = new Map<string, Map<string, File>>();
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const own = folders.get(folder) ?? new Map<string, File>();
    own.set(file.name, file);
    folders.set(folder, own);
  }
  const models = [...folders].filter(
    ([, own]) => own.has(configName) && weightsIn([...own.keys()]) !== undefined,
  );
  const [only, other] = models;
  if (only === undefined) {
    const withConfig = [...folders.values()].find((own) => own.has(configName));
    throw new Error(
      withConfig === undefined
        ? `this folder has no ${configName}; choose the folder of a model, as transformers saves it`
        : missingWeights([...withConfig.keys()]),
    );
  }
  if (other !== undefined) {
    throw new Error(
      `this folder holds ${models.length} models (${only[0]}, ${other[0]}, …); choose one of them`,
    );
  }
  const [folder, byName] = only;
  const weights = byName.get(weightsIn([...byName.keys()]) ?? '');
  const config = byName.get(configName);
  if (weights === undefined || config === undefined) throw new RangeError('a model without its files');
  return { name: folder.split('/').at(-1) || 'model', config, weights, byName };
}
