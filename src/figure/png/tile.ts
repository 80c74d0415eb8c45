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
  const rows = new Uint32Array(height + 1);
  const sums = new Uint32Array(2 * height);
  const counts = new Uint32Array(tokenCount);
  let tokens = new Uint16Array(1 << 15);
  let length = 0;
  for (let y = 0; y < height; y++) {
    rows[y] = length;
    // A row has no more tokens than pixels.
    if (length + width > tokens.length) tokens = grown(tokens, 2 * tokens.length + width);
    let sum = 0;
    let weighted = 0;
    // `run` times `byte` come before pixel `done`, and are not yet written.
    let byte = 0;
    let run = 0;
    let done = 0;
    for (let word = 0; word < perRow; word++) {
      const at = y * perRow + word;
      if (words[at] === (y === 0 ? 0 : words[at - perRow]!)) continue;
      const start = 4 * word;
      const end = Math.min(start + 4, width);
      if (start > done) {
        if (byte !== 0) {
          length = writeRun(tokens, length, counts, byte, run);
          byte = 0;
          run = 0;
        }
        run += start - done;
      }
      for (let x = start; x < end; x++) {
        const pixel = y * stride + x;
        const next = (pixels[pixel]! - (y === 0 ? 0 : pixels[pixel - stride]!)) & 0xff;
        sum += next;
        weighted += next * (width - x);
        if (next === byte) run++;
        else {
          length = writeRun(tokens, length, counts, byte, run);
          byte = next;
          run = 1;
        }
      }
      done = end;
    }
    if (byte !== 0 && done < width) {
      length = writeRun(tokens, length, counts, byte, run);
      byte = 0;
      run = 0;
    }
    length = writeRun(tokens, length, counts, byte, run + width - done);
    sums[2 * y] = sum % adlerModulus;
    sums[2 * y + 1] = weighted % adlerModulus;
  }
  rows[height] = length;
  return { width, height, tokens: tokens.slice(0, length), rows, counts, sums };
}

/** Writes a byte `run` times as a literal and what runs make of the rest. @returns the new number of tokens */
function writeRun(
  tokens: Uint16Array,
  length: number,
  counts: Uint32Array,
  byte: number,
  run: number,
): number {
  if (run === 0) return length;
  tokens[length++] = byte;
  counts[byte]!++;
  let left = run - 1;
  while (left >= shortestRun) {
    const token = runOf(Math.min(left, longestRun));
    tokens[length++] = token;
    counts[token]!++;
    left -= runLength(token);
  }
  for (; left > 0; left--) {
    tokens[length++] = byte;
    counts[byte]!++;
  }
  return length;
}

function grown(tokens: Uint16Array, length: number): Uint16Array<ArrayBuffer> {
  const longer = new Uint16Array(length);
  longer.set(tokens);
  return longer;
}
