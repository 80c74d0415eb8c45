// The kernels of the forward pass of pretrained models. Activations of all tokens lie in panels of eight tokens:
// x[panel][feature][token & 7], so that a panel of a product's operand is one run of memory. Attention works sequence by
// sequence on copies with one row a feature and time contiguous, as the training kernels do.
export { activate, activateGated } from './forward/activation';
export { attendColumns, writeMap } from './forward/attention';
export { gatherTokens, scatterTokens } from './forward/columns';
export { addTerms, allFinite, clip, linear } from './forward/linear';
export { foldLogits, softcapLogits } from './forward/logits';
export { normalize } from './forward/norm';
export { pack } from './forward/pack';
export { rotate } from './model/rotary';

/** First byte behind the module's own data. */
export function heapStart(): usize {
  return __heap_base;
}
