import { bridgeOf, writtenBy } from '../interventions/bridge.js';
import { exchangeHeads, type HeadCircuit, type HeadReplacement } from '../interventions/exchange-heads.js';
import type { Intervention } from '../interventions/intervention.js';
import { projectKeys, projectOutputs } from '../interventions/project-heads.js';
import { removeHeads } from '../interventions/remove-heads.js';
import { type KeepOrDrop, type NestedSubspaces, randomSubspaces } from '../interventions/subspace.js';
import { transplantCircuits, transplantEmbedding, transplantLayer } from '../interventions/transplant.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import type { Architecture } from '../model/architecture.js';
import { type HeadIndex, layerOfHead } from '../model/heads.js';
import type { ModelWeights } from '../model/weights.js';

/** A subspace of the residual stream by how it is found in the model that is edited. */
export type SubspaceChoice =
  /** Of the stacked W_QK(t) of heads: what they look for in keys. */
  | { readonly kind: 'bridge'; readonly heads: readonly HeadIndex[]; readonly relPos: number }
  /** Of a head's W_OV: what it writes. */
  | { readonly kind: 'written'; readonly heads: readonly [HeadIndex] }
  /** Uniformly random, the control. */
  | { readonly kind: 'random'; readonly seed: number; readonly draw: number };

/** What is transplanted: a layer alone, a layer with the embedding below it, or heads' circuits. */
export type TransplantPart =
  | { readonly kind: 'layer'; readonly layer: number; readonly embedding: boolean }
  | { readonly kind: 'circuit'; readonly heads: readonly HeadIndex[]; readonly circuit: HeadCircuit };

/** An intervention as plain data, which can be sent to a worker thread, named in a table, and done on any checkpoint. */
export type Edit =
  | { readonly kind: 'none' }
  | { readonly kind: 'remove'; readonly heads: readonly HeadIndex[] }
  | {
      readonly kind: 'project';
      readonly component: 'keys' | 'outputs';
      readonly heads: readonly HeadIndex[];
      readonly subspace: SubspaceChoice;
      readonly rank: number;
      readonly what: KeepOrDrop;
    }
  | {
      readonly kind: 'exchange';
      readonly circuit: HeadCircuit;
      readonly replacements: readonly HeadReplacement[];
    }
  | { readonly kind: 'transplant'; readonly part: TransplantPart; readonly step: number };

/** What edits of one model share: subspaces are found once. */
export interface EditContext {
  readonly weights: ModelWeights;
  readonly algebra: LinearAlgebra;
  /** Weights of another step of the same run. @throws InputError when there are none */
  readonly donor: (step: number) => ModelWeights;
  readonly subspaces: Map<string, NestedSubspaces>;
}

/** A context in which nothing has been found yet. */
export function createEditContext(
  weights: ModelWeights,
  algebra: LinearAlgebra,
  donor: (step: number) => ModelWeights,
): EditContext {
  return { weights, algebra, donor, subspaces: new Map() };
}

/** The weights after an edit. */
export function editedWeights(edit: Edit, context: EditContext): ModelWeights {
  return interventionOf(edit, context)(context.weights);
}

/** An edit as a function; its subspaces are those of the context's weights, whatever it is done on. */
export function interventionOf(edit: Edit, context: EditContext): Intervention {
  switch (edit.kind) {
    case 'none':
      return (weights) => weights;
    case 'remove':
      return removeHeads(edit.heads);
    case 'project': {
      const project = edit.component === 'keys' ? projectKeys : projectOutputs;
      const { heads, rank, what } = edit;
      const subspaces = findSubspaces(edit.subspace, context);
      return project({ heads, rank, what, subspaces, algebra: context.algebra });
    }
    case 'exchange':
      return exchangeHeads(edit.replacements, edit.circuit);
    case 'transplant': {
      const donor = context.donor(edit.step);
      const { part } = edit;
      if (part.kind === 'circuit') return transplantCircuits(donor, part.heads, part.circuit);
      const layer = transplantLayer(donor, part.layer);
      const embedding = transplantEmbedding(donor);
      return part.embedding ? (weights) => layer(embedding(weights)) : layer;
    }
  }
}

/** The subspaces of a choice, found once a context. */
export function findSubspaces(
  choice: SubspaceChoice,
  { weights, algebra, subspaces }: EditContext,
): NestedSubspaces {
  const name = JSON.stringify(choice);
  const known = subspaces.get(name);
  if (known !== undefined) return known;
  const found = searchSubspaces(choice, weights, algebra);
  subspaces.set(name, found);
  return found;
}

function searchSubspaces(
  choice: SubspaceChoice,
  weights: ModelWeights,
  algebra: LinearAlgebra,
): NestedSubspaces {
  switch (choice.kind) {
    case 'bridge':
      return bridgeOf(weights, choice.heads, choice.relPos, algebra);
    case 'written':
      return writtenBy(weights, choice.heads[0], algebra);
    case 'random':
      return randomSubspaces(weights.architecture.width, choice.seed, choice.draw, algebra);
  }
}

/** Layers from the first to the last that an edit changes; `layers` and -1 where it changes none. */
export interface EditedLayers {
  /** Everything below it, and the stream that enters it, is as before. */
  readonly first: number;
  /** Everything above it has the weights of before. */
  readonly last: number;
}

export function layersOf(edit: Edit, architecture: Architecture): EditedLayers {
  const around = (heads: readonly HeadIndex[]): EditedLayers => {
    const layers = heads.map((head) => layerOfHead(architecture, head));
    return { first: Math.min(architecture.layers, ...layers), last: Math.max(-1, ...layers) };
  };
  switch (edit.kind) {
    case 'none':
      return around([]);
    case 'remove':
    case 'project':
      return around(edit.heads);
    case 'exchange':
      return around(edit.replacements.map(({ target }) => target));
    case 'transplant': {
      const { part } = edit;
      if (part.kind === 'circuit') return around(part.heads);
      return { first: part.embedding ? 0 : part.layer, last: part.layer };
    }
  }
}
