/**
 * Rotates, in place, adjacent pairs (2i, 2i+1) of every head at position m by the angle m·frequencies[i].
 * @param x T×(heads·width) of one sequence
 */
export function rotatePairs(x: Float64Array, heads: number, width: number, frequencies: Float64Array): void {
  const length = x.length / (heads * width);
  for (let m = 0; m < length; m++) {
    for (let head = 0; head < heads; head++) {
      const at = (m * heads + head) * width;
      frequencies.forEach((frequency, i) => {
        const [a, b] = [x[at + 2 * i]!, x[at + 2 * i + 1]!];
        const [cos, sin] = [Math.cos(m * frequency), Math.sin(m * frequency)];
        x[at + 2 * i] = cos * a - sin * b;
        x[at + 2 * i + 1] = sin * a + cos * b;
      });
    }
  }
}
