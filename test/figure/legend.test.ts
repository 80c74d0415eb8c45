import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crosses } from '../../src/figure/legend.js';
import type { Box, BoxMark, CurveMark, DotsMark } from '../../src/figure/marks.js';
import { drawPanel } from '../../src/figure/panel.js';

test('a legend covers no line, no dot and no band, whatever the values', () => {
  const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), fc.boolean(), (lines, log) => {
      const marks = drawPanel({
        title: 'Values',
        caption: 'step',
        log,
        lines: lines.map((line) => ({
          steps: line.map((_, at) => at + 1),
          values: line,
          ink: 'first',
          width: 6,
          dots: true,
        })),
        baseline: { value: 0, low: -10, high: 10 },
        legend: [{ label: 'a label of some length', ink: 'first', width: 6 }],
      });
      // Paper is painted only below a legend.
      const legend = marks.find((mark): mark is BoxMark => mark.kind === 'box' && mark.ink === 'paper')!.box;
      for (const mark of marks) {
        if (mark.kind === 'curve' || mark.kind === 'dots') {
          expect(crosses(mark.points, legend, reachOf(mark))).toBe(false);
        }
        if (mark.kind === 'box' && mark.ink === 'band') expect(overlaps(mark.box, legend)).toBe(false);
      }
    }),
  );
});

const reachOf = (mark: CurveMark | DotsMark): number =>
  (mark.kind === 'curve' ? mark.width : mark.diameter) / 2;

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test('a segment that passes through a box crosses it, one that passes by does not', () => {
  const box = { x: 10, y: 10, width: 10, height: 10 };
  const line = (...points: [number, number][]) => ({
    x: Float64Array.from(points, ([x]) => x),
    y: Float64Array.from(points, ([, y]) => y),
  });
  expect(crosses(line([0, 0], [30, 30]), box, 0)).toBe(true);
  expect(crosses(line([15, 0], [15, 40]), box, 0)).toBe(true);
  expect(crosses(line([0, 18], [12, 40]), box, 0)).toBe(false);
  expect(crosses(line([0, 5], [30, 5]), box, 4)).toBe(false);
  expect(crosses(line([0, 5], [30, 5]), box, 6)).toBe(true);
  expect(crosses(line([0, 15], [5, Number.NaN], [30, 15]), box, 0)).toBe(false);
});
