// Between panels of eight tokens of any sequence and one sequence's rows, one a feature, time contiguous.

/**
 * out[c][t] = feature c of token first + t, for `count` features and t below `tokens`; 0 for t up to `length`.
 * @param x the first of the features in the first panel   @param panel bytes from one panel to the next
 */
export function gatherTokens(
  x: usize, panel: usize, first: usize, tokens: usize, length: usize, count: usize, out: usize, row: usize,
): void {
  for (let t: usize = 0; t < length; t++) {
    let to = out + 4 * t;
    if (t < tokens) {
      const token = first + t;
      let from = x + (token >> 3) * panel + (token & 7) * 4;
      for (let c: usize = 0; c < count; c++, from += 32, to += row) store<f32>(to, load<f32>(from));
    } else {
      for (let c: usize = 0; c < count; c++, to += row) store<f32>(to, 0);
    }
  }
}

/** The way back: feature c of token first + t becomes from[c][t]. */
export function scatterTokens(
  from: usize, row: usize, x: usize, panel: usize, first: usize, tokens: usize, count: usize,
): void {
  for (let t: usize = 0; t < tokens; t++) {
    const token = first + t;
    let to = x + (token >> 3) * panel + (token & 7) * 4;
    let at = from + 4 * t;
    for (let c: usize = 0; c < count; c++, at += row, to += 32) store<f32>(to, load<f32>(at));
  }
}
