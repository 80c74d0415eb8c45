import { headWidth, type ModelConfig } from '../config.js';
import { copyingLayerNames, isQueryMap } from '../families/copying-names.js';
import { findParameter, type ParameterLayout } from '../parameters.js';
import type { ModelKernels } from './kernels.js';
import type { MemoryPlan, PackedLinear } from './memory-plan.js';

/** The kernels together with the memory they work on: what the passes over a sequence share. */
export interface Machine {
  readonly config: ModelConfig;
  readonly kernels: ModelKernels;
  readonly plan: MemoryPlan;
  readonly memory: WebAssembly.Memory;
  /** Tokens of the present sequence, on `plan.ids`. */
  readonly ids: Int32Array;
  readonly headWidth: number;
  /** Factor on queries: log₂ e / √width, so that softmax needs powers of two; 1 / √width under linear attention. */
  readonly queryScale: number;
  /** Address of a parameter, and of its gradient. */
  parameter(name: string): number;
  gradient(name: string): number;
}

/** Puts a machine together. */
export function createMachine(
  config: ModelConfig,
  layout: ParameterLayout,
  plan: MemoryPlan,
  kernels: ModelKernels,
  memory: WebAssembly.Memory,
): Machine {
  const width = headWidth(config);
  return {
    config,
    kernels,
    plan,
    memory,
    ids: new Int32Array(memory.buffer, plan.ids, plan.tokens),
    headWidth: width,
    queryScale: (config.linear_attn ? 1 : Math.LOG2E) / Math.sqrt(width),
    parameter: (name) => plan.parameters + 4 * findParameter(layout, name).offset,
    gradient: (name) => plan.gradients + 4 * findParameter(layout, name).offset,
  };
}

/** Float32 numbers in the machine's memory, from an address on. */
export function numbersAt({ memory }: Machine, at: number, count: number): Float32Array {
  return new Float32Array(memory.buffer, at, count);
}

/** Packs all forward weights again, after every change of the parameters. */
export function packWeights(machine: Machine): void {
  const { config, kernels, plan } = machine;
  for (const [name, { panels, bias, out, input }] of plan.packed) {
    const scale = isQueryMap(name) ? machine.queryScale : 1;
    kernels.packWeight(machine.parameter(`${name}.weight`), panels, out, input, scale);
    kernels.scaled(machine.parameter(`${name}.bias`), bias, out, scale);
  }
  plan.biases.forEach((out, layer) => {
    if (out === 0) return;
    const bias = machine.parameter(copyingLayerNames(layer).scoreBias);
    const scale = config.linear_attn ? 1 : Math.LOG2E;
    kernels.packBias(bias, out, config.num_heads, plan.tokens, plan.length, plan.row, scale);
  });
}

function packedLinear({ plan }: Machine, name: string): PackedLinear {
  const linear = plan.packed.get(name);
  if (linear === undefined) throw new Error(`no linear map ${name}`);
  return linear;
}

/** y = W x + b for a linear map by name; x and y are addresses of activations. */
export function applyLinear(machine: Machine, name: string, x: number, y: number): void {
  const { kernels, plan } = machine;
  const { panels, bias, out, input } = packedLinear(machine, name);
  kernels.product(panels, 16 * input, 16, x, plan.row, y, plan.row, out, plan.length, input, bias);
}

/** Addresses of the gradient dy that comes back and of dx that goes on, which is set, or added to. */
export interface Gradients {
  readonly dy: number;
  readonly dx: number;
  readonly add: boolean;
}

/** Backward pass of a linear map: dW += dy xᵀ, db += Σ dy, and dx = Wᵀ dy, or dx += that. */
export function applyLinearBackward(
  machine: Machine,
  name: string,
  x: number,
  { dy, dx, add }: Gradients,
): void {
  const { kernels, plan } = machine;
  const { row, length } = plan;
  const { out, input } = packedLinear(machine, name);
  const gradient = machine.gradient(`${name}.weight`);
  kernels.productOverTime(dy, row, x, row, gradient, 4 * input, out, input, length, true);
  kernels.addRowSums(dy, machine.gradient(`${name}.bias`), out, length, row);
  const weight = machine.parameter(`${name}.weight`);
  kernels.product(weight, 16, 4 * input, dy, row, dx, row, input, length, out, add ? 0 : plan.zeros);
}

/** Addresses of what a LayerNorm keeps for its backward pass: the normalised features, and the inverse deviations. */
export interface KeptNorm {
  readonly xhat: number;
  readonly inverse: number;
}

/** LayerNorm by name. */
export function normaliseRows(
  machine: Machine,
  name: string,
  x: number,
  to: KeptNorm & { readonly y: number },
): void {
  const { kernels, plan, config } = machine;
  const [weight, bias] = [machine.parameter(`${name}.weight`), machine.parameter(`${name}.bias`)];
  kernels.layerNorm(x, to.xhat, to.y, to.inverse, weight, bias, config.d_model, plan.length, plan.row);
}

/** Backward pass of a LayerNorm. */
export function applyNormBackward(
  machine: Machine,
  name: string,
  { xhat, inverse }: KeptNorm,
  { dy, dx, add }: Gradients,
): void {
  const { kernels, plan, config } = machine;
  const [dWeight, dBias] = [machine.gradient(`${name}.weight`), machine.gradient(`${name}.bias`)];
  const weight = machine.parameter(`${name}.weight`);
  const { d_model: d } = config;
  kernels.layerNormBackward(
    ...[dy, xhat, inverse, weight, dx, dWeight, dBias],
    ...[d, plan.length, plan.row],
    add,
  );
}
