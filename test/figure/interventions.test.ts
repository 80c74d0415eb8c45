import { expect, it } from 'vitest';
import type { Edit } from '../../src/causal/edit.js';
import type { EditResult } from '../../src/causal/summary.js';
import { interventionFigures } from '../../src/figure/interventions/intervention-figures.js';
import type { Mark } from '../../src/figure/marks.js';

const subject = { setting: 'run', grid: { layers: 2, heads: 1 }, width: 24 };

function result(edit: Edit, error: number, step = 10, draws: readonly number[] = []): EditResult {
  return {
    setting: 'run',
    step,
    edit,
    judgement: { copy_err_ood: error },
    control:
      draws.length === 0
        ? null
        : { kind: 'random_subspace', draws: draws.map((value) => ({ copy_err_ood: value })) },
  };
}

function keep(rank: number): Edit {
  const subspace = { kind: 'written', heads: [0] } as const;
  return { kind: 'project', component: 'keys', heads: [1], subspace, rank, what: 'keep' };
}

const marksOf = (results: readonly EditResult[], name: string, panel = 0): readonly Mark[] =>
  interventionFigures(results, subject).find((figure) => figure.name === name)!.figure.panels[panel]!.marks;

it('draws error against rank where it is, and its control’s band around the control', () => {
  const results = [
    result({ kind: 'none' }, 0.25),
    ...[0, 12, 24].map((rank, at) => result(keep(rank), [1, 0.5, 0.25][at]!, 10, [0.8, 0.9])),
  ];
  const marks = marksOf(results, 'error_by_rank');
  const curve = marks.find((mark) => mark.kind === 'curve')!;
  const [first, middle, last] = curve.points.y;
  const area = marks.find((mark) => mark.kind === 'area')!;
  // Heights are linear: 0.5 stands a third of the way from 0.25 to 1, and the band's 0.805 and 0.895 between 0.5 and 1.
  expect((last! - middle!) / (last! - first!)).toBeCloseTo(1 / 3, 6);
  expect((last! - area.bottom[1]!) / (last! - first!)).toBeCloseTo((0.805 - 0.25) / 0.75, 6);
  expect((last! - area.top[1]!) / (last! - first!)).toBeCloseTo((0.895 - 0.25) / 0.75, 6);
  expect(curve.points.x[1]! - curve.points.x[0]!).toBeCloseTo(curve.points.x[2]! - curve.points.x[1]!, 6);
});

it('draws a bar for each removal, as high as its error', () => {
  const results = [
    result({ kind: 'none' }, 0.25),
    result({ kind: 'remove', heads: [0] }, 0.5),
    result({ kind: 'remove', heads: [1] }, 1),
  ];
  const bars = marksOf(results, 'removed_heads').filter(
    (mark) => mark.kind === 'box' && mark.ink === 'first',
  );
  const [low, high] = bars.map((mark) => (mark.kind === 'box' ? mark.box.height : 0));
  expect(bars).toHaveLength(2);
  expect(Math.abs(high! - 2 * low!)).toBeLessThanOrEqual(2);
});

it('draws edits over training where there are steps, and nothing where nothing was tried', () => {
  const results = [5, 10].flatMap((step) => [
    result({ kind: 'none' }, 0.25, step),
    result({ kind: 'remove', heads: [1] }, 0.9, step),
    result(keep(4), 0.5, step),
  ]);
  const curves = marksOf(results, 'edits_over_training').filter((mark) => mark.kind === 'curve');
  expect(curves.map((mark) => (mark.kind === 'curve' ? mark.points.x.length : 0))).toEqual([2, 2, 2]);
  expect(interventionFigures([result({ kind: 'none' }, 0.25)], subject)).toEqual([]);
  expect(interventionFigures([], subject)).toEqual([]);
});

it('draws the transplant map with each error where its steps are, and a map for each part', () => {
  const transplant = (from: number, embedding: boolean): Edit => ({
    ...{ kind: 'transplant', step: from },
    part: { kind: 'layer', layer: 0, embedding },
  });
  const steps = [100, 200, 300];
  const results = steps.flatMap((into) =>
    steps.map((from) => result(transplant(from, true), (into + 2 * from) / 900, into)),
  );
  const image = marksOf(results, 'transplant_map').find((mark) => mark.kind === 'image')!;
  // B goes up and A to the right: the lowest error is at the lower left, the highest at the upper right.
  const at = (row: number, column: number) => image.pixels[3 * row + column]!;
  expect(at(2, 0)).toBeLessThan(at(1, 0));
  expect(at(1, 0)).toBeLessThan(at(2, 1));
  expect(at(2, 1)).toBeLessThan(at(0, 2));
  expect(at(0, 2)).toBe(image.colours.length);
  const both = [...results, ...steps.map((from) => result(transplant(from, false), 0.5, 100))];
  const names = interventionFigures(both, subject).map(({ name }) => name);
  expect(names).toEqual(['transplant_map', 'transplant_map_2']);
  // What was not tried is grey.
  expect(marksOf(both, 'transplant_map_2').find((mark) => mark.kind === 'image')!.pixels[0]).toBe(1);
});
