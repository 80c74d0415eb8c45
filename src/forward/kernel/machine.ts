import { InputError } from '../../errors.js';
import forward, { type Kernels } from '../../kernels/generated/forward.js';
import { instantiate, moduleBytes, pageSize } from '../../kernels/instantiate.js';

/** The kernels of `src/kernels/assembly/forward.ts`: addresses and strides in bytes. */
export type ForwardKernels = Kernels;

/** Tiles of a product read up to three rows beyond the last. */
const slack = 1 << 16;

/** WebAssembly addresses have 32 bits. */
export const largestMemory = 2 ** 32 - pageSize;

/**
 * The kernels with their memory, handed out from the beginning for every pass. What is written last may need more room than
 * was known before (a matrix of the file), so the memory grows; arrays on it are made anew when they are asked for.
 */
export class ForwardMachine {
  readonly kernels: ForwardKernels;
  private readonly memory: WebAssembly.Memory;
  private next: number;

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 32 });
    this.kernels = instantiate<ForwardKernels>(moduleBytes(forward), this.memory).kernels;
    this.next = this.kernels.heapStart();
  }

  /** Forgets everything placed before. */
  clear(): void {
    this.next = this.kernels.heapStart();
  }

  /**
   * Room for that many bytes, not cleared, behind everything placed before.
   * @throws InputError where the memory does not suffice
   */
  room(bytes: number): number {
    const at = Math.ceil(this.next / 64) * 64;
    this.reserve(at, bytes);
    this.next = at + bytes;
    return at;
  }

  /** First byte behind everything placed: room there is had by `reserve`, as long as nothing else is placed. */
  end(): number {
    return Math.ceil(this.next / 64) * 64;
  }

  /** Lets the memory reach `bytes` behind an address. @throws InputError as `room` */
  reserve(at: number, bytes: number): void {
    const missing = at + bytes + slack - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    const needed = Math.ceil((at + bytes + slack) / 2 ** 20);
    const error = () =>
      new InputError(
        `the forward pass needs ${needed} MiB in one piece, more than is available; give shorter sequences`,
      );
    if (at + bytes + slack > largestMemory) throw error();
    try {
      this.memory.grow(Math.ceil(missing / pageSize));
    } catch {
      throw error();
    }
  }

  bytes(at: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, count);
  }

  floats(at: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, count);
  }

  integers(at: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, count);
  }

  /** Room for numbers, written there. */
  place(values: ArrayLike<number>): number {
    const at = this.room(4 * values.length);
    this.floats(at, values.length).set(values);
    return at;
  }
}
