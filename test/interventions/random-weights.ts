import { tensorOfFloat64 } from '../../src/checkpoint/tensor-source.js';
import type { Architecture } from '../../src/model/architecture.js';
import { storedTensor } from '../../src/model/stored-matrix.js';
import type { AttentionWeights, LinearMap, ModelWeights } from '../../src/model/weights.js';
import { createStream, type RandomStream } from '../../src/random/stream.js';

/** Three layers of four heads on two key heads, rotary on all but the last pair of dimensions, biases everywhere. */
export const architecture: Architecture = {
  family: 'test',
  layers: 3,
  heads: 4,
  keyHeads: 2,
  headWidth: 4,
  width: 16,
  vocabSize: 11,
  maxPositions: null,
  embeddingScale: 1,
  attention: { kind: 'softmax', scale: 0.5, softcap: null, clip: null, windows: [null, null, null] },
  positions: { kind: 'rotary', frequencies: Float64Array.of(1, 0) },
  norm: null,
  finalNorm: null,
  mlp: null,
  residual: 'sequential',
  logitSoftcap: null,
  tiedEmbeddings: false,
};

/** Random weights, read anew each time as from a file. */
export function randomWeights(seed: number): ModelWeights {
  const { heads, keyHeads, headWidth: h, width: d } = architecture;
  return {
    architecture,
    file: `seed ${seed}`,
    embedding: (from, count) => randomMatrix(createStream(seed, 'initial', 0, from), count, d).weight.read(),
    unembedding: (from, count) =>
      randomMatrix(createStream(seed, 'initial', 1, from), count, d).weight.read(),
    unembeddingBias: () => null,
    positionEmbedding: () => null,
    finalNorm: () => null,
    layer: (index) => ({
      attention: (): AttentionWeights => {
        const stream = createStream(seed, 'initial', 2, index);
        return {
          norm: null,
          query: randomMatrix(stream, heads * h, d),
          key: randomMatrix(stream, keyHeads * h, d),
          value: randomMatrix(stream, keyHeads * h, d),
          output: randomMatrix(stream, d, heads * h),
          queryNorm: null,
          keyNorm: null,
          scoreBias: null,
          outputNorm: null,
        };
      },
      mlp: () => null,
    }),
  };
}

/** Rows in reverse order in the file, so that nothing passes that ignores `rows`. */
function randomMatrix({ normal }: RandomStream, rows: number, cols: number): LinearMap {
  const values = Float64Array.from({ length: rows * cols }, normal);
  return {
    weight: storedTensor(tensorOfFloat64(values, [rows, cols])),
    rows: Int32Array.from({ length: rows }, (_, row) => rows - 1 - row),
    bias: Float64Array.from({ length: rows }, normal),
  };
}
