import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { createStream } from '../../src/random/stream.js';
import { fromFloat32 } from '../../src/tensor/encode.js';

/** Sizes of the models below: two layers of two heads. */
const [width, layers, positions] = [8, 2, 64];

/**
 * Writes a model of GPT-2's family with random weights into a folder.
 * @param nanIn a tensor whose first number is NaN
 */
export function writeTinyGpt2(folder: string, vocabSize: number, nanIn?: string): string {
  mkdirSync(folder, { recursive: true });
  const stream = createStream(1, 'initial', 0, 0);
  const shapes: [string, number[]][] = [
    ['wte.weight', [vocabSize, width]],
    ['wpe.weight', [positions, width]],
    ...Array.from({ length: layers }, (_, layer): [string, number[]][] => [
      [`h.${layer}.ln_1.weight`, [width]],
      [`h.${layer}.ln_1.bias`, [width]],
      [`h.${layer}.attn.c_attn.weight`, [width, 3 * width]],
      [`h.${layer}.attn.c_attn.bias`, [3 * width]],
      [`h.${layer}.attn.c_proj.weight`, [width, width]],
      [`h.${layer}.attn.c_proj.bias`, [width]],
      [`h.${layer}.ln_2.weight`, [width]],
      [`h.${layer}.ln_2.bias`, [width]],
      [`h.${layer}.mlp.c_fc.weight`, [width, 4 * width]],
      [`h.${layer}.mlp.c_fc.bias`, [4 * width]],
      [`h.${layer}.mlp.c_proj.weight`, [4 * width, width]],
      [`h.${layer}.mlp.c_proj.bias`, [width]],
    ]).flat(),
    ['ln_f.weight', [width]],
    ['ln_f.bias', [width]],
  ];
  const state = new Map(
    shapes.map(([name, shape]) => {
      const count = shape.reduce((all, size) => all * size, 1);
      const values = Float32Array.from({ length: count }, () => stream.below(2001) / 1000 - 1);
      if (name === nanIn) values[0] = Number.NaN;
      return [name, fromFloat32(values, shape)] as const;
    }),
  );
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(state));
  const config = {
    ...{ model_type: 'gpt2', vocab_size: vocabSize, n_embd: width, n_layer: layers, n_head: 2 },
    ...{ n_positions: positions, activation_function: 'gelu_new', layer_norm_epsilon: 1e-5 },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}
