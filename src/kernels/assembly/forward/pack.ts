// Weights as files hold them, decoded and packed for `product`: panels of four rows of W, input by input.

/** How numbers of a file are stored. */
const FLOAT32: i32 = 0;
const BFLOAT16: i32 = 1;

/** Four numbers of 16 bits, in the low halves of the lanes, as float32. */
// @ts-ignore: decorator
@inline
function widen(bits: v128, format: i32): v128 {
  if (format === BFLOAT16) return i32x4.shl(bits, 16);
  const magnitude = v128.and(bits, i32x4.splat(0x7fff));
  // Exponent and fraction in their float32 places are 2^-112 of the number, subnormals included.
  const value = f32x4.mul(i32x4.shl(magnitude, 13), f32x4.splat(5.192296858534828e33));
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x7c00)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(value, special), sign);
}

/** Four neighbours in memory as float32. */
// @ts-ignore: decorator
@inline
function four(at: usize, format: i32): v128 {
  return format === FLOAT32 ? v128.load(at) : widen(v128.load_ext<u16>(at), format);
}

// @ts-ignore: decorator
@inline
function one(at: usize, format: i32): f32 {
  if (format === FLOAT32) return load<f32>(at);
  return f32x4.extract_lane(widen(i32x4.splat(<i32>load<u16>(at)), format), 0);
}

/**
 * panels[i / 4][c][i & 3] = row i of W at input c, for m rows; rows beyond the last of a panel are 0.
 * @param source what `rows` counts from   @param rows byte offset of each row, m of them
 * @param step bytes from one input of a row to the next   @param format 0 float32, 1 bfloat16, 2 float16
 */
export function pack(
  source: usize, rows: usize, step: usize, format: i32, m: usize, inputs: usize, panels: usize,
): void {
  const size: usize = format === FLOAT32 ? 4 : 2;
  const whole = inputs & ~3;
  for (let i: usize = 0; i < m; i += 4, rows += 16) {
    if (i + 4 > m) {
      packPart(source, rows, step, format, m - i, inputs, panels);
      return;
    }
    let r0 = source + <usize>load<u32>(rows);
    let r1 = source + <usize>load<u32>(rows, 4);
    let r2 = source + <usize>load<u32>(rows, 8);
    let r3 = source + <usize>load<u32>(rows, 12);
    if (step === size) {
      for (let c: usize = 0; c < whole; c += 4, panels += 64) {
        const a = four(r0, format);
        const b = four(r1, format);
        const d = four(r2, format);
        const e = four(r3, format);
        const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
        const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
        const de0 = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
        const de1 = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
        v128.store(panels, v128.shuffle<f32>(ab0, de0, 0, 1, 4, 5));
        v128.store(panels, v128.shuffle<f32>(ab0, de0, 2, 3, 6, 7), 16);
        v128.store(panels, v128.shuffle<f32>(ab1, de1, 0, 1, 4, 5), 32);
        v128.store(panels, v128.shuffle<f32>(ab1, de1, 2, 3, 6, 7), 48);
        r0 += 4 * size;
        r1 += 4 * size;
        r2 += 4 * size;
        r3 += 4 * size;
      }
      for (let c = whole; c < inputs; c++, panels += 16) {
        storeFour(panels, r0, r1, r2, r3, format);
        r0 += size;
        r1 += size;
        r2 += size;
        r3 += size;
      }
    } else if (r1 === r0 + size && r2 === r1 + size && r3 === r2 + size) {
      // Stored [in, out]: neighbours in memory are the rows of a panel.
      for (let c: usize = 0; c < inputs; c++, panels += 16, r0 += step) v128.store(panels, four(r0, format));
    } else {
      for (let c: usize = 0; c < inputs; c++, panels += 16) {
        storeFour(panels, r0, r1, r2, r3, format);
        r0 += step;
        r1 += step;
        r2 += step;
        r3 += step;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function storeFour(to: usize, r0: usize, r1: usize, r2: usize, r3: usize, format: i32): void {
  store<f32>(to, one(r0, format));
  store<f32>(to, one(r1, format), 4);
  store<f32>(to, one(r2, format), 8);
  store<f32>(to, one(r3, format), 12);
}

/** The last panel, of fewer than four rows. */
function packPart(
  source: usize, rows: usize, step: usize, format: i32, m: usize, inputs: usize, panels: usize,
): void {
  for (let c: usize = 0; c < inputs; c++) {
    for (let r: usize = 0; r < 4; r++, panels += 4) {
      const value: f32 = r < m ? one(source + <usize>load<u32>(rows + 4 * r) + c * step, format) : 0;
      store<f32>(panels, value);
    }
  }
}
