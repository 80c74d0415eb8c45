import type { TensorSource } from '../../checkpoint/tensor-source.js';
import type { Architecture } from '../architecture.js';
import type { ModelWeights } from '../weights.js';

/**
 * A kind of model as files hold it: the only place that knows names of tensors, layouts and conventions of configs.
 * To add one: a file here, a folder of test data, and a line in `registry.ts`.
 */
export interface ModelFamily {
  /** As `model_type` spells it, or `copying` for the published TFModel. */
  readonly name: string;
  /**
   * Reads a parsed `config.json`.
   * @param file named in errors
   * @throws InputError in one line for what is missing, malformed, or asked for and not supported
   */
  architecture(config: unknown, file: string): Architecture;
  /**
   * The weights by the architecture. Shapes of what the directory names are checked here, numbers when they are read.
   * @throws InputError naming the tensor, what was expected and what was found
   */
  weights(source: TensorSource, architecture: Architecture): ModelWeights;
}
