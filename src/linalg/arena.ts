import linalg, { type Kernels } from '../kernels/generated/linalg.js';
import { type Instance, instantiate, moduleBytes, pageSize } from '../kernels/instantiate.js';
import { type Matrix, matrix } from './matrix.js';

/** The kernels of `src/kernels/assembly/linalg.ts`: addresses in bytes, leading dimensions in numbers. */
export type LinalgKernels = Kernels;

/** A matrix in the kernels' memory: rows of `ld` numbers, `ld` even, zeros beyond its own columns. */
export interface Placed {
  readonly at: number;
  readonly rows: number;
  readonly cols: number;
  readonly ld: number;
}

/** The next even number: kernels take two columns at a time. */
export function even(count: number): number {
  return (count + 1) & ~1;
}

/** Memory of the kernels, handed out from the beginning for every operation. One thread, one arena. */
export class Arena {
  readonly kernels: LinalgKernels;
  private readonly memory: WebAssembly.Memory;
  private readonly start: number;
  private next: number;
  private numbers: Float64Array;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: 32 });
    const instance: Instance<LinalgKernels> = instantiate(moduleBytes(linalg), memory);
    this.kernels = instance.kernels;
    this.memory = memory;
    this.start = this.kernels.heapBase();
    this.next = this.start;
    this.numbers = new Float64Array(memory.buffer);
  }

  /** Forgets everything placed before. */
  clear(): this {
    this.next = this.start;
    return this;
  }

  /** Where the next thing will be placed. */
  mark(): number {
    return this.next;
  }

  /** Forgets what was placed since `mark` was taken. */
  release(mark: number): void {
    this.next = mark;
  }

  /**
   * Room for `count` numbers, not cleared.
   * @throws RangeError when the memory cannot grow that far
   */
  room(count: number): number {
    const at = this.next;
    this.next = at + 8 * even(count);
    this.growTo(this.next);
    return at;
  }

  /**
   * Makes sure that the memory need not grow, which takes a while, for the next `count` numbers.
   * @throws RangeError when the memory cannot grow that far
   */
  reserve(count: number): void {
    this.growTo(this.next + 8 * count);
  }

  /** Room for a matrix, not cleared. */
  blank(rows: number, cols: number): Placed {
    const ld = even(cols);
    return { at: this.room(rows * ld), rows, cols, ld };
  }

  /** Copies a matrix in. */
  place(a: Matrix): Placed {
    const placed = this.blank(a.rows, a.cols);
    const start = placed.at / 8;
    if (placed.ld === a.cols) {
      this.numbers.set(a.data, start);
      return placed;
    }
    for (let row = 0; row < a.rows; row++) {
      const at = start + row * placed.ld;
      this.numbers.set(a.data.subarray(row * a.cols, (row + 1) * a.cols), at);
      this.numbers[at + a.cols] = 0;
    }
    return placed;
  }

  /** Copies aᵀ in. */
  placeTransposed(a: Matrix): Placed {
    const source = this.place(a);
    const placed = this.blank(a.cols, a.rows);
    if (placed.ld !== placed.cols) this.zero(placed);
    this.kernels.transpose(source.at, a.rows, a.cols, source.ld, placed.at, placed.ld);
    return placed;
  }

  /** Copies the first `rows` rows out. @param into memory of the copy, of its own unless given */
  read({ at, cols, ld }: Placed, rows: number, into?: Float64Array): Matrix {
    const start = at / 8;
    if (ld === cols) {
      const found = this.numbers.subarray(start, start + rows * cols);
      if (into === undefined) return matrix(rows, cols, found.slice());
      const out = matrix(rows, cols, into);
      out.data.set(found);
      return out;
    }
    const out = matrix(rows, cols, into);
    for (let row = 0; row < rows; row++) {
      const from = start + row * ld;
      out.data.set(this.numbers.subarray(from, from + cols), row * cols);
    }
    return out;
  }

  /** Copies the transpose of the first `rows` rows out. */
  readTransposed(placed: Placed, rows: number): Matrix {
    const target = this.blank(placed.cols, rows);
    this.kernels.transpose(placed.at, rows, placed.cols, placed.ld, target.at, target.ld);
    return this.read(target, placed.cols);
  }

  /** Copies numbers to a place that `room` gave. */
  write(at: number, values: ArrayLike<number>): void {
    this.numbers.set(values, at / 8);
  }

  /** The numbers from a place on, until the memory next grows. */
  view(at: number, count: number): Float64Array {
    return this.numbers.subarray(at / 8, at / 8 + count);
  }

  readNumbers(at: number, count: number): Float64Array {
    return this.numbers.slice(at / 8, at / 8 + count);
  }

  private growTo(end: number): void {
    const missing = end - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    this.memory.grow(Math.ceil(missing / pageSize));
    this.numbers = new Float64Array(this.memory.buffer);
  }

  zero({ at, rows, ld }: Placed): void {
    this.numbers.fill(0, at / 8, at / 8 + rows * ld);
  }
}
