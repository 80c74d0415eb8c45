import { InputError } from '../../errors.js';
import plain, { type Kernels } from '../../kernels/generated/model.js';
import relaxed from '../../kernels/generated/model-relaxed.js';
import { instantiate, moduleBytes, pageSize } from '../../kernels/instantiate.js';

/** The kernels of `src/kernels/assembly/model.ts`: addresses and strides in bytes. */
export type ModelKernels = Kernels;

/** Where a module's own data may lie; arrays start here. */
export const heapStart = 1 << 16;

const largestMemory = 2 ** 32 - pageSize;

/**
 * Instantiates the kernels with memory for arrays up to `end`. The memory never grows, so views on it stay valid.
 * @param fast the build with fused multiply-add
 * @throws InputError when the engine lacks it, or the memory is not to be had
 */
export function instantiateKernels(
  end: number,
  fast: boolean,
): { kernels: ModelKernels; memory: WebAssembly.Memory } {
  const bytes = moduleBytes(fast ? relaxed : plain);
  if (fast && !WebAssembly.validate(bytes)) {
    throw new InputError(
      'fast: this JavaScript engine lacks relaxed SIMD (Node 20 does; Node 22 and current browsers have it); run without it',
    );
  }
  const tooLarge = `the model needs ${Math.ceil(end / 2 ** 20)} MiB, more than is available; choose smaller sizes`;
  if (end > largestMemory) throw new InputError(tooLarge);
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({ initial: Math.ceil(end / pageSize) });
  } catch {
    throw new InputError(tooLarge);
  }
  const { kernels } = instantiate<ModelKernels>(bytes, memory);
  if (kernels.heapStart() > heapStart)
    throw new Error('the kernels have more data than heapStart leaves for it');
  return { kernels, memory };
}
