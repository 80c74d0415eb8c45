import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimate, type Points } from '../../src/figure/decimate.js';

const column = 3;

const some: fc.Arbitrary<Points> = fc
  .array(fc.tuple(fc.double({ min: 0, max: 2, noNaN: true }), fc.option(fc.integer({ min: 0, max: 900 }))), {
    maxLength: 300,
  })
  .map((points) => {
    let x = 0;
    return {
      x: Float64Array.from(points, ([step]) => {
        x += step;
        return x;
      }),
      y: Float64Array.from(points, ([, y]) => y ?? Number.NaN),
    };
  });

/** Lowest and highest value by column of pixels. */
function extent({ x, y }: Points): Map<number, readonly [number, number]> {
  const found = new Map<number, readonly [number, number]>();
  y.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    const key = Math.floor(x[at]! / column);
    const [low, high] = found.get(key) ?? [value, value];
    found.set(key, [Math.min(low, value), Math.max(high, value)]);
  });
  return found;
}

test('every column that keeps points keeps its lowest and highest', () => {
  fc.assert(
    fc.property(some, (points) => {
      const before = extent(points);
      for (const [key, range] of extent(decimate(points, column))) expect(range).toEqual(before.get(key));
    }),
  );
});

test('columns lose all their points only inside a level stretch', () => {
  fc.assert(
    fc.property(some, (points) => {
      const after = extent(decimate(points, column));
      for (const [key, [low, high]] of extent(points)) {
        if (!after.has(key)) expect(low).toBe(high);
      }
    }),
  );
});

test('no more than four points a column, gaps apart', () => {
  fc.assert(
    fc.property(some, (points) => {
      const { x, y } = decimate({ x: points.x, y: points.y.map((value) => value || 0) }, column);
      const counts = new Map<number, number>();
      y.forEach((_, at) => {
        const key = Math.floor(x[at]! / column);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      });
      for (const count of counts.values()) expect(count).toBeLessThanOrEqual(4);
    }),
  );
});

test('gaps stay, one each', () => {
  const y = Float64Array.of(1, Number.NaN, Number.NaN, 2, Number.NaN, 3);
  expect([...decimate({ x: Float64Array.of(0, 1, 2, 3, 4, 5), y }, column).y]).toEqual([1, NaN, 2, NaN, 3]);
});

test('a level stretch keeps its ends', () => {
  const x = Float64Array.from({ length: 50 }, (_, at) => at);
  const { x: kept } = decimate({ x, y: new Float64Array(50).fill(7) }, column);
  expect([...kept]).toEqual([0, 49]);
});
