import { type Copying, copiedPositions, countCopying } from '../evaluate/copying.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { ForwardPass, ForwardStart } from '../forward/forward-pass.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import type { ModelWeights } from '../model/weights.js';
import { createEditContext, type Edit, editedWeights, firstLayerOf } from './edit.js';

/** What edits of any model are judged by. */
export interface ModelJudge {
  readonly forward: ForwardPass;
  /** A segment that stands three times. */
  readonly sequences: RepeatedTokens;
  readonly algebra: LinearAlgebra;
}

/**
 * Copying of repeated tokens after each edit. What lies below the lowest layer that an edit changes is computed once for all
 * edits, layer by layer.
 * @param donor weights of another step, for transplants
 */
export function judgeModelEdits(
  weights: ModelWeights,
  edits: readonly Edit[],
  { forward, sequences, algebra }: ModelJudge,
  donor: (step: number) => ModelWeights,
): Copying[] {
  const context = createEditContext(weights, algebra, donor);
  const { tokens, length } = sequences;
  const predictions = copiedPositions(sequences);
  const order = edits
    .map((edit, place) => ({ edit, place, layer: firstLayerOf(edit, weights.architecture) }))
    .sort((a, b) => a.layer - b.layer || a.place - b.place);
  const results = new Array<Copying>(edits.length);
  let below: ForwardStart | undefined;
  for (const { edit, place, layer } of order) {
    if (layer > 0 && below?.layer !== layer) below = residualBefore(layer, below);
    const output = forward(editedWeights(edit, context), {
      ...{ tokens, length, predictions },
      ...(layer > 0 && below && { start: below }),
    });
    results[place] = countCopying(output, sequences);
  }
  return results;

  function residualBefore(layer: number, from: ForwardStart | undefined): ForwardStart {
    const { residuals } = forward(weights, {
      ...{ tokens, length, residuals: [layer], predictions: false },
      ...(from && { start: from }),
    });
    return { layer, residual: residuals!.get(layer)! };
  }
}
