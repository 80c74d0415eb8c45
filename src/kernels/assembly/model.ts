// The kernels of the model engine. One instance serves one engine; the caller lays out the memory and calls kernels in the
// order of the model (src/model/kernel).
export { adamW } from './model/adamw';
export { attention, attentionBackward } from './model/attention';
export { crossEntropy } from './model/cross-entropy';
export { addDropped, addRows } from './model/dropout';
export { layerNorm, layerNormBackward } from './model/layer-norm';
export { addRowSums, addTo, packWeight, relu, reluBackward, scaled, scaleRows } from './model/linear';
export { product, productOverTime } from './model/product';
export { rotaryTable, rotate } from './model/rotary';
export { gather, packBias, scatterAdd } from './model/rows';

/** First byte behind the module's own data. */
export function heapStart(): usize {
  return __heap_base;
}
