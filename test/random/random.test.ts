import { describe, expect, it } from 'vitest';
import { logarithm } from '../../src/random/logarithm.js';
import { philox } from '../../src/random/philox.js';
import { createStream } from '../../src/random/stream.js';

describe('philox', () => {
  // Known answers published with the Random123 library (kat_vectors, philox4x32 10).
  it.each([
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the published words for counter %s', (counter, key, expected) => {
    const numbers = (text: string) => text.split(' ').map((word) => Number.parseInt(word, 16));
    const [c0, c1, c2, c3] = numbers(counter) as [number, number, number, number];
    const [k0, k1] = numbers(key) as [number, number];
    const out = new Uint32Array(4);
    philox(c0, c1, c2, c3, k0, k1, out);
    expect(Array.from(out)).toEqual(numbers(expected));
  });
});

describe('logarithm', () => {
  it('agrees with the standard library to the last bits', () => {
    for (let x = 1e-300; x < 1e300; x *= 1.37) {
      expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThanOrEqual(
        4e-16 * Math.max(1, Math.abs(Math.log(x))),
      );
    }
  });
});

describe('createStream', () => {
  it('is a function of its name alone', () => {
    const draw = (...name: Parameters<typeof createStream>) => {
      const stream = createStream(...name);
      return Array.from({ length: 9 }, () => stream.word());
    };
    expect(draw(7, 'batch', 3, 4)).toEqual(draw(7, 'batch', 3, 4));
    const others = [
      draw(8, 'batch', 3, 4),
      draw(7 + 2 ** 32, 'batch', 3, 4),
      draw(7, 'test', 3, 4),
      draw(7, 'batch', 4, 3),
    ];
    for (const other of others) expect(other).not.toEqual(draw(7, 'batch', 3, 4));
  });

  it('draws whole numbers without bias', () => {
    const stream = createStream(1, 'pool');
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[stream.below(6)]!++;
    // Five standard deviations of a binomial count.
    for (const count of counts)
      expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt((60_000 * 5) / 36));
  });

  it('draws normal numbers with the moments of a normal distribution', () => {
    const stream = createStream(2, 'initial');
    const n = 100_000;
    let [m1, m2, m4] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = stream.normal();
      m1 += x / n;
      m2 += x ** 2 / n;
      m4 += x ** 4 / n;
    }
    // Variances of the estimates: 1, 2 and 96 over n.
    expect(Math.abs(m1)).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(m2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(m4 - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
  });
});
