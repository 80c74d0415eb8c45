import { sourceOfState } from '../checkpoint/tensor-source.js';
import type { ModelConfig } from '../model/config.js';
import { copying } from '../model/families/copying.js';
import type { ParameterLayout } from '../model/parameters.js';
import { stateOf } from '../model/state.js';
import type { ModelWeights } from '../model/weights.js';

/** The parameters of a checkpoint as weights; tensors are views on the array. @param file named in errors */
export function weightsOfRun(
  parameters: Float32Array,
  layout: ParameterLayout,
  config: ModelConfig,
  file: string,
): ModelWeights {
  return copying.weights(
    sourceOfState(stateOf(parameters, layout), file),
    copying.architecture(config, file),
  );
}
