import { scaleLinear, scaleLog } from 'd3-scale';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textWidth } from '../../src/figure/text-width.js';
import { logStepTicks, stepLabel, stepTicks, type Tick, valueTicks } from '../../src/figure/ticks.js';

type Pair = readonly [number, number];

const size = 33;
const limit = 949;

const named = (ticks: readonly Tick[]) => ticks.filter(({ label }) => label !== '');

/** Free pixels between each label and the next. */
function gaps(ticks: readonly Tick[], place: (value: number) => number): number[] {
  const names = named(ticks);
  return names.slice(1).map(({ value, label }, at) => {
    const before = names[at]!;
    return place(value) - place(before.value) - (textWidth(label, size) + textWidth(before.label, size)) / 2;
  });
}

const stepRange = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 31 - 2 }), fc.integer({ min: 1, max: 2 ** 31 - 2 }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);

/** Also short ranges and ranges that start early, which a run is more likely to have. */
const ranges = fc.oneof(
  stepRange,
  fc.integer({ min: 2, max: 100_000 }).map((last) => [1, last] as const),
  fc.integer({ min: 1, max: 1_000_000 }).map((from) => [from, from + 7] as const),
);

describe.each([
  ['linear', stepTicks, (domain: Pair, range: Pair) => scaleLinear(domain, range)],
  ['log', logStepTicks, (domain: Pair, range: Pair) => scaleLog(domain, range)],
] as const)('%s axis of steps', (_name, ticksOf, scale) => {
  test('labels never collide nor leave the panel, in any range and width', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 100, max: 800 }), ([from, to], width) => {
        const place = scale([from, to], [140, 140 + width]);
        const ticks = ticksOf(from, to, place, size, limit);
        expect(ticks.length).toBeLessThan(120);
        for (const gap of gaps(ticks, place)) expect(gap).toBeGreaterThan(10);
        for (const { value, label } of named(ticks)) {
          expect(place(value) + textWidth(label, size) / 2).toBeLessThanOrEqual(limit);
        }
        for (const { value } of ticks) {
          expect(Number.isInteger(value)).toBe(true);
          expect(value >= from && value <= to).toBe(true);
        }
      }),
    );
  });

  test('a range of a width that figures have is named at two places or more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 100_000_000 }).map((last) => [1, last] as const),
        ([from, to]) => {
          const ticks = ticksOf(from, to, scale([from, to], [152, 904]), size, limit);
          expect(named(ticks).length).toBeGreaterThanOrEqual(2);
        },
      ),
    );
  });
});

test('a published run has the ticks of the notebook, every other one named', () => {
  const ticks = stepTicks(0, 20_000, scaleLinear([0, 20_000], [152, 904]), size, limit);
  expect(ticks.map(({ value }) => value)).toEqual(Array.from({ length: 11 }, (_, at) => 2000 * at));
  expect(named(ticks).map(({ label }) => label)).toEqual(['0', '4K', '8K', '12K', '16K', '20K']);
});

test('powers of ten name a log axis', () => {
  const labels = (last: number) =>
    named(logStepTicks(1, last, scaleLog([1, last], [152, 904]), size, limit)).map(({ label }) => label);
  expect(labels(20_000)).toEqual(['1', '10', '100', '1K', '10K']);
  expect(labels(1_000_000)).toEqual(['1', '10', '100', '1K', '10K', '100K', '1M']);
  expect(labels(9)).toEqual(['1', '2', '5']);
  expect(labels(3)).toEqual(['1', '2', '3']);
});

test('steps have short names', () => {
  expect([0, 999, 1000, 2500, 1e6, 1.5e9].map(stepLabel)).toEqual(['0', '999', '1K', '2.5K', '1M', '1.5B']);
});

test('values have different, short names', () => {
  const range = fc
    .tuple(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.double({ min: 1e-4, max: 1e9, noNaN: true }))
    // The span that panels allow.
    .map(([low, span]) => [low, low + Math.max(span, 1e-4 * Math.abs(low))] as const);
  fc.assert(
    fc.property(range, ([low, high]) => {
      const labels = valueTicks(low, high, 7).map(({ label }) => label);
      expect(labels.length).toBeGreaterThanOrEqual(2);
      expect(new Set(labels).size).toBe(labels.length);
      for (const label of labels) expect(label.length).toBeLessThanOrEqual(9);
    }),
  );
});
