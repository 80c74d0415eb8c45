import type { Activation, Architecture } from '../../model/architecture.js';
import type { LinearMap, MlpWeights } from '../../model/weights.js';
import { normedInput, normInPlace } from './attention-branch.js';
import { applyMap, forBlocksOfRows, multiplyRows } from './linear-map.js';
import type { ForwardMachine } from './machine.js';
import { type Panels, panelBytes } from './panels.js';
import type { PassMemory } from './plan.js';

/** Numbers of the activations in the kernels. */
const kinds: Readonly<Record<Activation, number>> = { relu: 0, gelu: 1, gelu_tanh: 2, silu: 3 };

/** What the feed-forward part of a layer adds to the residual stream, into `memory.y`. */
export function mlpBranch(
  machine: ForwardMachine,
  memory: PassMemory,
  architecture: Architecture,
  weights: MlpWeights,
): void {
  const { panels, hidden, y } = memory;
  const kind = kinds[architecture.mlp!.activation];
  const input = normedInput(machine, memory, architecture, weights.norm);
  applyMap(machine, memory.weights, weights.up, input, hidden, panels);
  if (weights.gate === null) machine.kernels.activate(hidden.at, panels * panelBytes(hidden), kind);
  else multiplyGates(machine, memory, weights.gate, input, kind);
  applyMap(machine, memory.weights, weights.down, hidden, y, panels);
  normInPlace(machine, memory, architecture, weights.outputNorm, y);
}

/** hidden ← act(gate x)·hidden, some features at a time, so that all gates are never held. */
function multiplyGates(
  machine: ForwardMachine,
  memory: PassMemory,
  gate: LinearMap,
  input: Panels,
  kind: number,
): void {
  const { panels, hidden, weights } = memory;
  forBlocksOfRows(machine, weights, gate, ({ from, count }) => {
    multiplyRows(machine, weights, input, memory.gate, 32 * count, panels, count);
    const up = hidden.at + 32 * from;
    const bytes = 32 * count;
    machine.kernels.activateGated(up, panelBytes(hidden), memory.gate, bytes, panels, bytes, kind);
  });
}
