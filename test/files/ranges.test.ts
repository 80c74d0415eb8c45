import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ranges } from '../../src/files/ranges.js';

const range = fc
  .tuple(fc.nat(60), fc.nat(20))
  .map(([from, length]): [number, number] => [from, from + length]);

it('is the set of bytes that were added, in few ranges', () => {
  fc.assert(
    fc.property(fc.array(range), range, (added, [from, to]) => {
      const ranges = new Ranges(added);
      const bytes = new Set(
        added.flatMap(([a, b]) => Array.from({ length: b - a }, (_, index) => a + index)),
      );
      expect(ranges.count).toBe(bytes.size);
      const list = [...ranges];
      for (const [index, [start, end]] of list.entries()) {
        expect(start).toBeLessThan(end);
        // Neighbours would be one range.
        if (index > 0) expect(start).toBeGreaterThan(list[index - 1]![1]);
      }
      const lacking = ranges.lacking(from, to);
      const gaps = lacking.flatMap(([a, b]) => Array.from({ length: b - a }, (_, index) => a + index));
      const wanted = Array.from({ length: to - from }, (_, index) => from + index);
      expect(gaps).toEqual(wanted.filter((byte) => !bytes.has(byte)));
    }),
  );
});
