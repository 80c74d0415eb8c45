/** Models of every family run on sequences, and what their heads attend to. */

export { type Copying, copyingOf, countCopying } from '../evaluate/copying.js';
export { type HeadScores, headScores } from '../evaluate/head-scores.js';
export {
  asRepeatedTokens,
  type RepeatedTokens,
  type RepeatedTokensOptions,
  repeatedTokens,
} from '../evaluate/repeated-tokens.js';
export type { ForwardOutput, ForwardPass, ForwardRequest, ForwardStart } from '../forward/forward-pass.js';
export { kernelForward } from '../forward/kernel-forward.js';
export { referenceForward } from '../forward/reference.js';
