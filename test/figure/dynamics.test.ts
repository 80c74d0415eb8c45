import { describe, expect, test } from 'vitest';
import { dynamicsFigure, figureMaker, svgOf } from '../../src/figure/dynamics.js';
import type { Choice } from '../../src/figure/panels.js';
import type { CurveKey } from '../../src/series/curve-key.js';
import { type SomeRun, someCurves } from './some-curves.js';

const choice: Choice = { setting: 'some_run', rank: 10, method: 'mean', relPos: 0 };

// Open the snapshots in a browser: a test here is a picture.
describe('pictures', () => {
  const programs: Record<string, { run: SomeRun; choice?: Partial<Choice> }> = {
    'two-layers': { run: {} },
    'one-layer': { run: { layers: 1 } },
    'two-heads': { run: { heads: 2 } },
    gaps: {
      run: {
        change: (value, measure, at) => (at === 4 || (measure === 'err_ood' && at < 9) ? Number.NaN : value),
      },
    },
    'one-checkpoint': { run: { checkpoints: 2, errors: 1 } },
    'not-measured': { run: {}, choice: { rank: 7, relPos: 5 } },
    'name-to-escape': { run: { setting: '<a> & "b"' }, choice: { setting: '<a> & "b"' } },
  };
  for (const [name, program] of Object.entries(programs)) {
    test(name, async () => {
      const svg = svgOf(figureMaker(someCurves(program.run))({ ...choice, ...program.choice }), false);
      await expect(svg).toMatchFileSnapshot(`snapshots/${name}.svg`);
    });
  }
});

test('a figure brings its typeface, once for each weight, and can do without', () => {
  const figure = figureMaker(someCurves())(choice);
  const faces = [
    ...svgOf(figure).matchAll(
      /@font-face\{font-family:"DejaVu Sans";font-weight:(\w+);src:url\(data:font\/woff2;base64,([\w+/=]+)\)/g,
    ),
  ];
  expect(faces.map(([, weight]) => weight)).toEqual(['normal', 'bold']);
  // A WOFF2 file starts with its signature and says how long it is.
  for (const [, , data] of faces) {
    const bytes = Buffer.from(data!, 'base64');
    expect(bytes.toString('latin1', 0, 4)).toBe('wOF2');
    expect(bytes.readUInt32BE(8)).toBe(bytes.length);
  }
  expect(svgOf(figure, false)).toBe(svgOf(figure).replace(/<style>.*<\/style>\n/, ''));
});

test('the same input gives the same text', () => {
  expect(dynamicsFigure(someCurves(), choice)).toBe(dynamicsFigure(someCurves(), choice));
});

test('no coordinate has more than one decimal, none is NaN', () => {
  const svg = svgOf(figureMaker(someCurves({ heads: 2 }))(choice), false);
  expect(svg.match(/\d\.\d\d+(?!\d*in)/g)?.filter((number) => !svg.includes(`>${number}`)) ?? []).toEqual([]);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('a published run of 20000 steps and 100 checkpoints stays below 60 kB', () => {
  const noisy = (value: number, _measure: string, at: number): number => value + 0.02 * Math.sin(at * at);
  const curves = someCurves({ errors: 20_000, checkpoints: 101, change: noisy });
  expect(dynamicsFigure(curves, choice).length).toBeLessThan(60_000);
});

test('figures share the panels that do not depend on what differs', () => {
  const make = figureMaker(someCurves({ relPos: [0, 5], ranks: [5, 10] }));
  const [first, otherRank, otherPosition] = [
    make({ ...choice, rank: 5 }),
    make({ ...choice, rank: 10 }),
    make({ ...choice, rank: 5, relPos: 5 }),
  ].map(({ panels }) => panels.map(({ marks }) => marks));
  const shared = (other: typeof first) => first!.map((marks, at) => marks === other![at]);
  expect(shared(otherRank)).toEqual([true, true, false, true, false]);
  expect(shared(otherPosition)).toEqual([true, false, false, false, true]);
});

test('what is drawn does not depend on which figures were drawn before', () => {
  const curves = someCurves({ heads: 2, relPos: [0, 5] });
  const make = figureMaker(curves);
  make({ ...choice, relPos: 5 });
  expect(make(choice)).toEqual(figureMaker(curves)(choice));
});

test('rows in another order make the same figure', () => {
  const ordered = someCurves();
  const shuffled = ordered.all.map(({ key, steps, values }) => ({
    key,
    steps: steps.toReversed(),
    values: values.toReversed(),
  }));
  const find = (key: CurveKey) => {
    const curve = ordered.find(key);
    return curve === undefined ? undefined : shuffled[ordered.all.indexOf(curve)];
  };
  expect(dynamicsFigure({ all: shuffled, find }, choice)).toBe(dynamicsFigure(ordered, choice));
});
