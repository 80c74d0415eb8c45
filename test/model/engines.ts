import type { ModelConfig } from '../../src/model/config.js';
import { createEngine } from '../../src/model/create-engine.js';
import type { Engine } from '../../src/model/engine.js';
import { createReferenceEngine } from '../../src/model/reference/engine.js';

/** An engine of either precision. */
export type AnyEngine = Engine<Float32Array | Float64Array>;

/** Every engine there is: the conformance suite runs over all of them. */
export const engines: readonly { readonly name: string; create(config: ModelConfig): AnyEngine }[] = [
  { name: 'reference', create: createReferenceEngine },
  { name: 'kernel', create: createEngine },
];
