import { type Copying, copiedPositions, countCopying } from '../evaluate/copying.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { ForwardPass, ForwardStart } from '../forward/forward-pass.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import type { ModelWeights } from '../model/weights.js';
import { createEditContext, type Edit, type EditedLayers, editedWeights, layersOf } from './edit.js';

/** What edits of any model are judged by. */
export interface ModelJudge {
  readonly forward: ForwardPass;
  /** A segment that stands three times. */
  readonly sequences: RepeatedTokens;
  readonly algebra: LinearAlgebra;
}

/** Tokens that go through the layers above together. */
const mostTokens = 2048;

interface PlacedEdit extends EditedLayers {
  readonly edit: Edit;
  readonly place: number;
}

/**
 * Copying of repeated tokens after each edit. What lies below the lowest layer that an edit changes is computed once for all
 * edits, layer by layer; above the highest the weights are those of the model, and edits go through them together.
 * @param donor weights of another step, for transplants
 */
export function judgeModelEdits(
  weights: ModelWeights,
  edits: readonly Edit[],
  { forward, sequences, algebra }: ModelJudge,
  donor: (step: number) => ModelWeights,
): Copying[] {
  const context = createEditContext(weights, algebra, donor);
  const { architecture } = weights;
  const { tokens, length } = sequences;
  const predictions = copiedPositions(sequences);
  const order = edits
    .map((edit, place) => ({ edit, place, ...layersOf(edit, architecture) }))
    .sort((a, b) => a.first - b.first || a.last - b.last || a.place - b.place);
  const results = new Array<Copying>(edits.length);
  let below: ForwardStart | undefined;
  for (const group of groupsOf(order)) {
    const [{ first, last }] = group;
    if (first > 0 && below?.layer !== first) below = residualBefore(first, below);
    const start = first > 0 && below ? { start: below } : {};
    // At the last layer nothing lies above, and what no prediction needs is not computed.
    if (group.length === 1 || last >= architecture.layers - 1) {
      for (const { edit, place } of group) {
        const output = forward(editedWeights(edit, context), { tokens, length, predictions, ...start });
        results[place] = countCopying(output, sequences);
      }
    } else {
      const above = group.map(({ edit }) => {
        const asked = { tokens, length, residuals: [last + 1], predictions: false, ...start };
        return forward(editedWeights(edit, context), asked).residuals!.get(last + 1)!;
      });
      judgeTogether({ layer: last + 1, residual: joined(above) }, group);
    }
  }
  return results;

  function residualBefore(layer: number, from: ForwardStart | undefined): ForwardStart {
    const { residuals } = forward(weights, {
      ...{ tokens, length, residuals: [layer], predictions: false },
      ...(from && { start: from }),
    });
    return { layer, residual: residuals!.get(layer)! };
  }

  function judgeTogether(start: ForwardStart, group: readonly PlacedEdit[]): void {
    const all = new Int32Array(group.length * tokens.length);
    group.forEach((_, at) => void all.set(tokens, at * tokens.length));
    const found = forward(weights, { tokens: all, length, predictions, start });
    const losses = found.losses!.length / group.length;
    group.forEach(({ place }, at) => {
      const own = {
        losses: found.losses!.subarray(at * losses, (at + 1) * losses),
        predictions: found.predictions!.subarray(at * tokens.length, (at + 1) * tokens.length),
      };
      results[place] = countCopying(own, sequences);
    });
  }

  /** Edits of the same layers that go through the layers above together. */
  function groupsOf(ordered: readonly PlacedEdit[]): [PlacedEdit, ...PlacedEdit[]][] {
    const groups: [PlacedEdit, ...PlacedEdit[]][] = [];
    for (const placed of ordered) {
      const group = groups.at(-1);
      const isSame = group !== undefined && group[0].first === placed.first && group[0].last === placed.last;
      if (isSame && (group.length + 1) * tokens.length <= mostTokens) group.push(placed);
      else groups.push([placed]);
    }
    return groups;
  }
}

function joined(parts: readonly (Float32Array | Float64Array)[]): Float32Array | Float64Array {
  const [first] = parts;
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const all = first instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
