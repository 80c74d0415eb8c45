import { UsageError } from '../errors.js';
import { cycleOf } from '../interventions/controls.js';
import type { HeadReplacement } from '../interventions/exchange-heads.js';
import type { SubspaceChoice } from './edit.js';
import {
  chooseHeads,
  type ExchangeRequest,
  type HeadChooser,
  headOf,
  type InterventionRequest,
  type ProjectionRequest,
  usualHeads,
} from './request.js';
import { type Trial, trialOf } from './trial.js';
import {
  type ControlDraws,
  exchangeTrials,
  projectionTrials,
  removalTrials,
  singleRemovals,
} from './trials.js';

/** The trials of a request in one model, the unedited model first. @throws UsageError for what the model does not have */
export function trialsOfRequest(
  request: InterventionRequest,
  chooser: HeadChooser,
  controls: ControlDraws,
): Trial[] {
  const { grid } = chooser;
  const { remove, projections, exchange, transplant } = request;
  const trials = [trialOf({ kind: 'none' })];
  if (remove !== undefined) {
    trials.push(
      ...(remove.kind === 'each'
        ? singleRemovals(grid)
        : removalTrials(grid, chooseHeads(remove, chooser, '--remove'), controls)),
    );
  }
  for (const projection of projections) trials.push(...projectionsOf(projection, chooser, controls));
  if (exchange !== undefined) {
    const replacements = replacementsOf(exchange.heads, chooser);
    for (const circuit of exchange.circuits) {
      trials.push(...exchangeTrials(grid, { kind: 'exchange', circuit, replacements }, controls));
    }
  }
  if (transplant !== undefined) trials.push(...transplantsOf(transplant, chooser));
  return trials;
}

function projectionsOf(request: ProjectionRequest, chooser: HeadChooser, controls: ControlDraws): Trial[] {
  const { component, ranks, whats, relPos } = request;
  const option = `--project-${component}`;
  const tooMany = ranks.find((rank) => rank < 0 || rank > chooser.width);
  if (tooMany !== undefined) {
    throw new UsageError(
      `${option}: rank ${tooMany} is not between 0 and ${chooser.width}, the model's width`,
    );
  }
  const count = chooser.usualCount;
  const heads = chooseHeads(request.heads ?? usualHeads(component, count), chooser, '--heads');
  const subspace: SubspaceChoice =
    request.written === undefined
      ? {
          kind: 'bridge',
          heads: chooseHeads(request.bridge ?? usualHeads('keys', count), chooser, '--bridge'),
          relPos,
        }
      : { kind: 'written', heads: [oneOf(chooseHeads(request.written, chooser, '--written'), '--written')] };
  return projectionTrials({ component, heads, subspace, ranks, whats }, controls);
}

function oneOf<T>(values: readonly T[], option: string): T {
  const [first] = values;
  if (values.length === 1 && first !== undefined) return first;
  throw new UsageError(`${option}: expected one head, found ${values.length}`);
}

function replacementsOf(request: ExchangeRequest, chooser: HeadChooser): HeadReplacement[] {
  if (request.kind === 'pairs') {
    return request.pairs.map(([target, source]) => ({
      target: headOf(target, chooser.grid, '--exchange'),
      source: headOf(source, chooser.grid, '--exchange'),
    }));
  }
  const heads = chooseHeads(request, chooser, '--exchange');
  if (heads.length < 2) {
    throw new UsageError('--exchange: one head has no other to exchange with; name at least two');
  }
  return cycleOf(heads);
}

function transplantsOf(
  { steps, layer, embedding, circuit }: NonNullable<InterventionRequest['transplant']>,
  chooser: HeadChooser,
): Trial[] {
  if (layer >= chooser.grid.layers) {
    throw new UsageError(`--layer ${layer}: the model has ${chooser.grid.layers} layers, counted from 0`);
  }
  return steps.flatMap((step) => {
    if (circuit === undefined) {
      return [trialOf({ kind: 'transplant', part: { kind: 'layer', layer, embedding }, step })];
    }
    const heads = chooseHeads(circuit.heads, chooser, '--heads');
    return circuit.circuits.map((name) =>
      trialOf({ kind: 'transplant', part: { kind: 'circuit', heads, circuit: name }, step }),
    );
  });
}
