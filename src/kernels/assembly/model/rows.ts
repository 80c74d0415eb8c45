// Between tables with one row a token (or a position) and activations with one row a feature: transposing copies.

/** x[c][t] = table[index[t]][c] for c below `features`, t below `count`. */
export function gather(
  table: usize, tableRow: usize, index: usize, x: usize, features: usize, count: usize, row: usize,
): void {
  const wholeC = features & ~3;
  const wholeT = count & ~3;
  for (let t: usize = 0; t < wholeT; t += 4) {
    const r0 = table + <usize>load<u32>(index + 4 * t) * tableRow;
    const r1 = table + <usize>load<u32>(index + 4 * t, 4) * tableRow;
    const r2 = table + <usize>load<u32>(index + 4 * t, 8) * tableRow;
    const r3 = table + <usize>load<u32>(index + 4 * t, 12) * tableRow;
    let out = x + 4 * t;
    for (let c: usize = 0; c < wholeC; c += 4, out += 4 * row) {
      const a = v128.load(r0 + 4 * c);
      const b = v128.load(r1 + 4 * c);
      const d = v128.load(r2 + 4 * c);
      const e = v128.load(r3 + 4 * c);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de0 = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const de1 = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      v128.store(out, v128.shuffle<f32>(ab0, de0, 0, 1, 4, 5));
      v128.store(out + row, v128.shuffle<f32>(ab0, de0, 2, 3, 6, 7));
      v128.store(out + 2 * row, v128.shuffle<f32>(ab1, de1, 0, 1, 4, 5));
      v128.store(out + 3 * row, v128.shuffle<f32>(ab1, de1, 2, 3, 6, 7));
    }
  }
  for (let t: usize = 0; t < count; t++) {
    const from = table + <usize>load<u32>(index + 4 * t) * tableRow;
    for (let c: usize = t < wholeT ? wholeC : 0; c < features; c++) {
      store<f32>(x + c * row + 4 * t, load<f32>(from + 4 * c));
    }
  }
}

/** table[index[t]][c] += x[c][t], positions in their order. */
export function scatterAdd(
  x: usize, row: usize, features: usize, count: usize, table: usize, tableRow: usize, index: usize,
): void {
  const wholeC = features & ~3;
  const wholeT = count & ~3;
  for (let t: usize = 0; t < wholeT; t += 4) {
    const r0 = table + <usize>load<u32>(index + 4 * t) * tableRow;
    const r1 = table + <usize>load<u32>(index + 4 * t, 4) * tableRow;
    const r2 = table + <usize>load<u32>(index + 4 * t, 8) * tableRow;
    const r3 = table + <usize>load<u32>(index + 4 * t, 12) * tableRow;
    let from = x + 4 * t;
    for (let c: usize = 0; c < 4 * wholeC; c += 16, from += 4 * row) {
      const a = v128.load(from);
      const b = v128.load(from + row);
      const d = v128.load(from + 2 * row);
      const e = v128.load(from + 3 * row);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de0 = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const de1 = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      // One after another: positions may share a token, and then a row.
      v128.store(r0 + c, f32x4.add(v128.load(r0 + c), v128.shuffle<f32>(ab0, de0, 0, 1, 4, 5)));
      v128.store(r1 + c, f32x4.add(v128.load(r1 + c), v128.shuffle<f32>(ab0, de0, 2, 3, 6, 7)));
      v128.store(r2 + c, f32x4.add(v128.load(r2 + c), v128.shuffle<f32>(ab1, de1, 0, 1, 4, 5)));
      v128.store(r3 + c, f32x4.add(v128.load(r3 + c), v128.shuffle<f32>(ab1, de1, 2, 3, 6, 7)));
    }
  }
  for (let t: usize = 0; t < count; t++) {
    const to = table + <usize>load<u32>(index + 4 * t) * tableRow;
    for (let c: usize = t < wholeT ? wholeC : 0; c < features; c++) {
      store<f32>(to + 4 * c, load<f32>(to + 4 * c) + load<f32>(x + c * row + 4 * t));
    }
  }
}

/** Packs the bias of relative positions for softmax down the keys: out[head][j][i] = scale·bias[head][i][j]. */
export function packBias(
  bias: usize, out: usize, heads: usize, tokens: usize, length: usize, row: usize, scale: f32,
): void {
  for (let head: usize = 0; head < heads; head++, out += length * row) {
    for (let i: usize = 0; i < tokens; i++) {
      for (let j: usize = 0; j < tokens; j++, bias += 4) {
        store<f32>(out + j * row + 4 * i, scale * load<f32>(bias));
      }
    }
  }
}
