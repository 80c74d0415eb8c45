import fc from 'fast-check';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { ByteWriter } from 'hyparquet-writer';
import { expect, it } from 'vitest';
import { distinctFloats } from '../../src/tables/distinct-floats.js';
import { RunLengthWriter } from '../../src/tables/run-lengths.js';
import { readRunLengths } from '../../src/tables/run-lengths-read.js';

it('runs and groups hold the numbers that were added', () => {
  const someRuns = fc.array(fc.tuple(fc.nat({ max: 0xff_ffff }), fc.integer({ min: 0, max: 30 })));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 24 }), someRuns, (bitWidth, runs) => {
      const bytes = new ByteWriter();
      const writer = new RunLengthWriter(bytes, bitWidth);
      const numbers = runs.flatMap(([number, count]) =>
        new Array<number>(count).fill(number & (2 ** bitWidth - 1)),
      );
      for (const [number, count] of runs) writer.add(number & (2 ** bitWidth - 1), count);
      writer.finish();
      const found = new Array<number>(numbers.length);
      const { buffer, byteOffset, byteLength } = bytes.getBytes();
      readRleBitPackedHybrid(
        { view: new DataView(buffer, byteOffset, byteLength), offset: 0 },
        bitWidth,
        found,
        byteLength,
      );
      expect(found).toEqual(numbers);
      const read = readRunLengths(bytes.getBytes(), bitWidth, numbers.length)!;
      expect(
        read.values.flatMap((value, at) =>
          new Array<number>(read.ends[at]! - (read.ends[at - 1] ?? 0)).fill(value),
        ),
      ).toEqual(numbers);
    }),
  );
});

it('distinct floats rebuild the column, zeros of both signs and infinities among them', () => {
  const some = fc.constantFrom(0, -0, 1, 0.1, 5e-324, Infinity, -Infinity, 2 ** -1022);
  fc.assert(
    fc.property(fc.array(some, { minLength: 40, maxLength: 300 }), (numbers) => {
      const { values, indexes, counts } = distinctFloats(Float64Array.from(numbers))!;
      expect(new Set([...values].map((value) => (Object.is(value, -0) ? '-0' : value))).size).toBe(
        values.length,
      );
      const rebuilt = [...indexes].flatMap((index, at) =>
        new Array<number>(counts[at]!).fill(values[index]!),
      );
      expect(rebuilt).toEqual(numbers);
    }),
  );
});

it('columns whose values hardly repeat have no dictionary', () => {
  expect(distinctFloats(Float64Array.from({ length: 100 }, (_, at) => Math.floor(at / 3)))).toBeUndefined();
  expect(distinctFloats(Float64Array.from({ length: 100 }, (_, at) => Math.floor(at / 4)))).toBeDefined();
  expect(distinctFloats(Float64Array.from({ length: 80_000 }, (_, at) => at % 16_385))).toBeUndefined();
});

it('runs that end before their numbers do are none', () => {
  const bytes = new ByteWriter();
  const writer = new RunLengthWriter(bytes, 5);
  for (let at = 0; at < 100; at++) writer.add(at % 30, 1 + (at % 12));
  writer.finish();
  const whole = bytes.getBytes();
  const count = Array.from({ length: 100 }, (_, at) => 1 + (at % 12)).reduce((sum, own) => sum + own);
  expect(readRunLengths(whole, 5, count)).toBeDefined();
  for (let length = 0; length < whole.length - 1; length++) {
    expect(readRunLengths(whole.subarray(0, length), 5, count)).toBeUndefined();
  }
});
