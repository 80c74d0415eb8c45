/**
 * Part of an image, made ready for PNG: PNG's filter Up (each pixel minus the one above) turned into tokens of DEFLATE
 * that refer to nothing outside of the row they are in. So tiles can be put side by side in any image without looking at
 * their pixels again.
 */
export interface Tile {
  readonly width: number;
  readonly height: number;
  /** A literal byte, or `runOf(n)`: the last byte n times more. */
  readonly tokens: Uint16Array;
  /** Where the tokens of each row start; one more for the end. */
  readonly rows: Uint32Array;
  /** How often each token occurs. */
  readonly counts: Uint32Array;
  /** Sums of Adler-32 over each row: of the bytes, and of the bytes times their distance from the row's end. */
  readonly sums: Uint32Array;
}

export const shortestRun = 3;
export const longestRun = 258;
const firstRun = 256;

/** Number of different tokens. */
export const tokenCount = firstRun + longestRun - shortestRun + 1;

/** Largest prime below 2^16: the modulus of Adler-32. */
export const adlerModulus = 65521;

export function runOf(length: number): number {
  return firstRun + length - shortestRun;
}

/** Length of the run that a token stands for; 0 for a literal. */
export function runLength(token: number): number {
  return token < firstRun ? 0 : token - firstRun + shortestRun;
}

/**
 * Makes a tile from palette numbers.
 * @param pixels height rows of `stride` numbers, of which the first `width` are the row and the others zero
 * @param stride a multiple of four, since rows are compared four pixels at a time: most are as the row above
 */
export function makeTile(pixels: Uint8Array, width: number, height: number, stride: number): Tile {
  const words = new Int32Array(pixels.buffer, pixels.byteOffset, (height * stride) / 4);
  const perRow = stride / 4;
  const writer = new TokenWriter();
  const rows = new Uint32Array(height + 1);
  const sums = new Uint32Array(2 * height);
  for (let y = 0; y < height; y++) {
    rows[y] = writer.length;
    writer.reserve(width);
    let sum = 0;
    let weighted = 0;
    // Pixels up to here have been written.
    let done = 0;
    for (let word = 0; word < perRow; word++) {
      const at = y * perRow + word;
      const above = y === 0 ? 0 : words[at - perRow]!;
      if (words[at] === above) continue;
      writer.append(0, 4 * word - done);
      const end = Math.min(4 * word + 4, width);
      for (let x = 4 * word; x < end; x++) {
        const pixel = y * stride + x;
        const byte = (pixels[pixel]! - (y === 0 ? 0 : pixels[pixel - stride]!)) & 0xff;
        sum += byte;
        weighted += byte * (width - x);
        writer.append(byte, 1);
      }
      done = end;
    }
    writer.append(0, width - done);
    writer.endRow();
    sums[2 * y] = sum % adlerModulus;
    sums[2 * y + 1] = weighted % adlerModulus;
  }
  rows[height] = writer.length;
  return { width, height, tokens: writer.tokens.slice(0, writer.length), rows, counts: writer.counts, sums };
}

/** Turns bytes into literals and runs. */
class TokenWriter {
  tokens = new Uint16Array(1 << 14);
  length = 0;
  readonly counts = new Uint32Array(tokenCount);
  private byte = 0;
  /** How many of `byte` are not yet written. */
  private pending = 0;

  /** Makes room for so many tokens. */
  reserve(count: number): void {
    if (this.length + count <= this.tokens.length) return;
    const longer = new Uint16Array(2 * this.tokens.length + count);
    longer.set(this.tokens);
    this.tokens = longer;
  }

  append(byte: number, count: number): void {
    if (count === 0) return;
    if (byte !== this.byte) {
      this.endRow();
      this.byte = byte;
    }
    this.pending += count;
  }

  endRow(): void {
    if (this.pending === 0) return;
    this.push(this.byte);
    let left = this.pending - 1;
    while (left >= shortestRun) {
      const length = Math.min(left, longestRun);
      this.push(runOf(length));
      left -= length;
    }
    for (; left > 0; left--) this.push(this.byte);
    this.pending = 0;
  }

  private push(token: number): void {
    this.tokens[this.length++] = token;
    this.counts[token]!++;
  }
}
