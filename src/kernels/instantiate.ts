/** Memory that kernels work on, and the functions they export. */
export interface Instance<Kernels> {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/** Bytes of a WebAssembly page. */
export const pageSize = 1 << 16;

/** The bytes of a module that `tools/build-kernels.js` wrote as base64. */
export function moduleBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Instantiates kernels over a memory; synchronous, since the modules are small.
 * @throws WebAssembly.CompileError where the engine lacks SIMD
 */
export function instantiate<Kernels>(
  bytes: Uint8Array<ArrayBuffer>,
  memory: WebAssembly.Memory,
): Instance<Kernels> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { kernels: instance.exports as unknown as Kernels, memory };
}
