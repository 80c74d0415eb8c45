import { type Edit, type EditContext, interventionOf } from '../causal/edit.js';
import { parametersOfWeights } from '../evaluate/run-parameters.js';
import { weightsOfRun } from '../evaluate/run-weights.js';
import { composeInterventions } from '../interventions/intervention.js';
import type { ParameterLayout } from '../model/parameters.js';
import { flatParameters } from '../model/state.js';
import type { ModelWeights } from '../model/weights.js';
import type { OpenedStep } from './open-step.js';

/** The parameters of an opened step as the engine loads them. @throws InputError when a tensor is missing or has another shape */
export function parametersOfStep({ state, file }: OpenedStep, layout: ParameterLayout): Float32Array {
  return flatParameters(state, layout, file);
}

/** The weights of an opened step as interventions take them. @throws InputError as `parametersOfStep` */
export function weightsOfStep(step: OpenedStep, layout: ParameterLayout): ModelWeights {
  return weightsOfRun(parametersOfStep(step, layout), layout, step.config, step.file);
}

/** Parameters after edits, one after the other; their subspaces are those of the weights before any. */
export function editedParameters(
  context: EditContext,
  edits: readonly Edit[],
  layout: ParameterLayout,
): Float32Array {
  const edited = composeInterventions(edits.map((edit) => interventionOf(edit, context)));
  return parametersOfWeights(edited(context.weights), layout);
}
