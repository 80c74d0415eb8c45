export const configName = 'config.json';

/** Files that hold the weights of a Hugging Face model, in the order in which they are looked for. */
const weightNames = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];

/** Files of weights that are not read, and what to do about them. */
const unreadNames: readonly (readonly [RegExp, string])[] = [
  [/^adapter_model\./, 'holds an adapter alone; merge it into its model in Python with merge_and_unload()'],
  [/\.gguf$/, 'is quantised; take the original weights of the model'],
  [
    /^(?:tf_model\.h5|flax_model\.msgpack)$/,
    'is of another framework; save it with save_pretrained() of PyTorch',
  ],
  [/^(?:consolidated\.|model-\d+-of-\d+)/, 'is a shard without its index; download the model again'],
  [/^(?:model|pytorch_model)\..+\.(?:safetensors|bin)$/, 'is a variant; rename it to model.safetensors'],
];

/** The file of a folder that holds a model's weights, or the index of its shards; undefined where there is none. */
export function weightsIn(names: readonly string[]): string | undefined {
  return weightNames.find((name) => names.includes(name));
}

/** What to say of a folder that has a model's config and no weights that are read. */
export function missingWeights(names: readonly string[]): string {
  for (const name of names) {
    const [, what] = unreadNames.find(([form]) => form.test(name)) ?? [];
    if (what !== undefined) return `${name} ${what}`;
  }
  return `there are no weights; expected one of ${weightNames.join(', ')}`;
}
