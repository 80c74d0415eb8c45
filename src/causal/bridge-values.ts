import { bridgeOf } from '../interventions/bridge.js';
import { kernels } from '../linalg/kernels.js';
import type { OpenedModel } from '../run/open-model.js';
import type { EditResult } from './summary.js';

/** Singular values of the bridge that an edit projects on, largest first; undefined for other edits. */
export type BridgeValues = (result: EditResult) => readonly number[] | undefined;

/** Finds them in the models that were edited. */
export function bridgeValues(models: readonly OpenedModel[]): BridgeValues {
  return ({ setting, step, edit }) => {
    if (edit.kind !== 'project' || edit.subspace.kind !== 'bridge') return undefined;
    const model = models.find(({ name }) => name === setting)!;
    const weights = model.open(model.steps.find((other) => other.step === step)!);
    return [...bridgeOf(weights, edit.subspace.heads, edit.subspace.relPos, kernels).s];
  };
}
