/** What every model is, whatever family it comes from: its architecture, its weights, its heads. */

export { type Architecture, keyHeadOf, rotatedWidth } from '../model/architecture.js';
export type { ModelConfig } from '../model/config.js';
export { decodeFloat32, decodeFloat64 } from '../model/decode-map.js';
export type { ModelFamily } from '../model/families/family.js';
export { familyByName, familyOfConfig } from '../model/families/registry.js';
export { foldNorm } from '../model/fold-norm.js';
export {
  type HeadGrid,
  type HeadIndex,
  type HeadPair,
  headIndex,
  headInLayer,
  headName,
  layerOfHead,
  pairName,
  parseHead,
  parsePair,
} from '../model/heads.js';
export type {
  AttentionWeights,
  LayerWeights,
  LinearMap,
  MlpWeights,
  ModelWeights,
  NormWeights,
} from '../model/weights.js';
export { type ConfigFile, checkConfig, parseConfig, type RunConfig } from '../run/config.js';
