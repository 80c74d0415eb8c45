import { expect, test } from 'vitest';
import { coloursOf, pairScale, pixelOf, scaleOf } from '../../src/figure/colour-scale.js';
import { isStrongPlace, placeOfValue, strengthPlaces } from '../../src/figure/value-places.js';

/** A narrow bulk around 0.08, and a tail of one in a hundred that reaches 0.9. */
const values = Float64Array.from({ length: 1000 }, (_, at) =>
  at < 990 ? 0.07 + at * 2e-5 : 0.3 + (at - 990) * 0.06,
);
const high = { signed: false, strongest: 'highest' } as const;

test('half of the colours tell the bulk apart, the others the strongest hundredth', () => {
  const scale = pairScale(values, high);
  const pixels = [...values].map((value) => pixelOf(scale, value));
  const bulk = new Set(pixels.slice(0, 990));
  const strong = new Set(pixels.slice(990));
  // An even scale has a single colour for the whole bulk.
  expect(
    new Set([...values.subarray(0, 990)].map((value) => pixelOf(scaleOf(values, false), value))).size,
  ).toBeLessThan(4);
  expect(bulk.size).toBeGreaterThan(28);
  expect(strong.size).toBe(10);
  expect(Math.min(...strong)).toBeGreaterThan(Math.max(...bulk) + 5);
  // No pair has the colour of the paper.
  expect(coloursOf(scale)[Math.min(...pixels) - 1]).not.toBe('#ffffff');
});

test('where the lowest are strong, these have the last colours', () => {
  const places = strengthPlaces(
    values.map((value) => -value),
    { signed: false, strongest: 'lowest' },
  )!;
  const mirrored = strengthPlaces(values, high)!;
  for (const value of [0.07, 0.0800001, 0.3, 0.5, 0.84])
    expect(placeOfValue(places, -value)).toBeCloseTo(placeOfValue(mirrored, value), 12);
});

test('signed values keep zero in the middle and both ends strong', () => {
  const signed = values.map((value, at) => (at % 2 === 0 ? value : -value));
  const places = strengthPlaces(signed, { signed: true, strongest: 'highest' })!;
  expect(placeOfValue(places, 0)).toBeCloseTo(0.5, 12);
  expect(placeOfValue(places, 0.5)).toBeCloseTo(1 - placeOfValue(places, -0.5), 12);
  expect([0.5, -0.5, 0.08].map((value) => isStrongPlace(places, true, placeOfValue(places, value)))).toEqual([
    true,
    true,
    false,
  ]);
});

test('holds for equal values, a single one, none, and for so many as are said to be strong', () => {
  expect(placeOfValue(strengthPlaces([3, 3], high)!, 3)).toBeGreaterThan(0);
  expect(placeOfValue(strengthPlaces(new Float64Array(500).fill(2), high)!, 2)).toBeGreaterThan(0);
  expect(strengthPlaces([Number.NaN], high)).toBeUndefined();
  const places = strengthPlaces(values, { ...high, strong: 3 })!;
  const isStrong = [...values].map((value) => isStrongPlace(places, false, placeOfValue(places, value)));
  expect(isStrong.filter(Boolean)).toHaveLength(3);
});

test('a signed measure whose values are all of one sign has all colours for them', () => {
  expect(scaleOf([0.2, 0.4, 0.9], true)).toEqual({ kind: 'sequential', low: 0.2, high: 0.9 });
  expect(scaleOf([-0.2, 0.4], true)).toEqual({ kind: 'diverging', low: -0.4, high: 0.4 });
  // Of negative ones the most negative is the strongest.
  const scale = scaleOf([-0.9, -0.2], true);
  expect(scale.kind).toBe('sequential');
  expect(pixelOf(scale, -0.9)).toBeGreaterThan(pixelOf(scale, -0.2));
});
