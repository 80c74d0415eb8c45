import { InputError } from '../../errors.js';
import type { NormRule, Positions } from '../architecture.js';
import { headWidth as headWidthOf, type ModelConfig, modelConfigSchema } from '../config.js';
import type { NormWeights } from '../weights.js';
import { checkModelConfig } from './config-schema.js';
import { copyingLayerNames, copyingNames, countCopyingLayers } from './copying-names.js';
import type { ModelFamily } from './family.js';
import { namedTensors } from './named-tensors.js';
import { rotaryPositions } from './rotary-frequencies.js';

/** The published `TFModel` of the copying task, by the options of its `config.json`. */
export const copying: ModelFamily = {
  name: 'copying',
  architecture: (config, file) => {
    const options = checkModelConfig(modelConfigSchema, config, file);
    const { num_layers: layers, num_heads: heads, d_model: width } = options;
    const headWidth = headWidthOf(options);
    if (!Number.isInteger(headWidth)) {
      throw new InputError(
        `${file}: num_heads ${heads} does not divide d_model ${width}; correct config.json`,
      );
    }
    if (options.pos === 'rotary' && headWidth % 2 !== 0) {
      throw new InputError(
        `${file}: rotary positions need an even d_model/num_heads, found ${headWidth}; correct config.json`,
      );
    }
    const norm: NormRule = { kind: 'layer', epsilon: 1e-5 };
    return {
      family: 'copying',
      layers,
      heads,
      keyHeads: heads,
      headWidth,
      width,
      vocabSize: options.vocab_size,
      maxPositions: options.pos === 'rotary' ? null : options.max_seq_len,
      embeddingScale: 1,
      attention: {
        kind: options.linear_attn ? 'linear' : 'softmax',
        scale: 1 / Math.sqrt(headWidth),
        softcap: null,
        clip: null,
        windows: Array.from({ length: layers }, () => null),
      },
      positions: positionsOf(options, headWidth, file),
      norm: options.norm ? norm : null,
      finalNorm: options.output_norm ? norm : null,
      mlp: options.mlp ? { width: options.ff_dim, activation: 'relu', gated: false } : null,
      residual: options.residual ? 'sequential' : 'none',
      logitSoftcap: null,
      tiedEmbeddings: false,
    };
  },
  weights: (source, architecture) => {
    const tensors = namedTensors(source, [''], copyingNames.embedding, 'copying');
    const { layers, heads, width, vocabSize, maxPositions, mlp, norm: normRule } = architecture;
    const found = countCopyingLayers((name) => tensors.has(name));
    if (found !== layers) {
      throw new InputError(
        `${source.file}: holds ${found} attention layers, but num_layers is ${layers}; correct config.json`,
      );
    }
    const norm = (name: string): NormWeights | null => (normRule === null ? null : tensors.norm(name, width));
    return {
      architecture,
      file: source.file,
      embedding: tensors.tokenRows(copyingNames.embedding, vocabSize, width),
      unembedding: tensors.tokenRows(`${copyingNames.unembedding}.weight`, vocabSize, width),
      unembeddingBias: () => tensors.vector(`${copyingNames.unembedding}.bias`, vocabSize),
      positionEmbedding: () =>
        architecture.positions.kind === 'learned'
          ? tensors.tensor(copyingNames.positions, [maxPositions!, width])
          : null,
      finalNorm: () => (architecture.finalNorm === null ? null : tensors.norm(copyingNames.finalNorm, width)),
      layer: (index) => {
        const names = copyingLayerNames(index);
        const map = (name: string) => tensors.linear(name, width, width);
        return {
          attention: () => ({
            norm: norm(names.attentionNorm),
            query: map(names.query),
            key: map(names.key),
            value: map(names.value),
            output: map(names.output),
            queryNorm: null,
            keyNorm: null,
            // The published code does not store it on a GPU: then it is as it began, zero.
            scoreBias:
              architecture.positions.kind === 'relative' && tensors.has(names.scoreBias)
                ? tensors.tensor(names.scoreBias, [heads, maxPositions!, maxPositions!])
                : null,
            outputNorm: null,
          }),
          mlp: () =>
            mlp === null
              ? null
              : {
                  norm: norm(names.mlpNorm),
                  up: tensors.linear(names.up, mlp.width, width),
                  gate: null,
                  down: tensors.linear(names.down, width, mlp.width),
                  outputNorm: null,
                },
        };
      },
    };
  },
};

function positionsOf(options: ModelConfig, headWidth: number, file: string): Positions {
  if (options.pos === null) return { kind: 'learned' };
  if (options.pos === 'relative') return { kind: 'relative' };
  return rotaryPositions(headWidth, headWidth, options.rotary_theta, undefined, file);
}
