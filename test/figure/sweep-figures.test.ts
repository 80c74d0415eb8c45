import PDFDocument from 'pdfkit';
import { describe, expect, test } from 'vitest';
import { fontFiles } from '../../src/figure/fonts.js';
import { renderPdf } from '../../src/figure/pdf.js';
import { renderPng } from '../../src/figure/png.js';
import { figuresOfRuns, type SweepFigure, sweepFigures } from '../../src/figure/sweep-figures.js';
import { studyRuns } from '../../src/stats/study.js';
import { type MadeUpRun, someRuns } from '../stats/some-runs.js';
import { readPng } from './read-png.js';

/** Pools of 300 and more generalise, 200 does so once in three; 16 checkpoints keep the pictures small. */
function poolSweep(sizes: readonly (number | null)[] = [50, 100, 200, 300, 500, null]): MadeUpRun[] {
  return sizes.flatMap((poolSize) =>
    [1, 2, 3].map((seed): MadeUpRun => {
      const size = poolSize ?? 2000;
      const generalises = size >= 300 || (size === 200 && seed === 2);
      return {
        setting: `pool_size_${poolSize}-seed_${seed}`,
        ...{ poolSize, seed, every: 1250 },
        oodStep: generalises ? 2000 + 200_000 / size + 300 * seed : null,
        idStep: 400 + size + 50 * seed,
        lag: { z_score: 0.8 + 0.02 * seed, qk_ov_match: 0.9, mismatch_ratio: 1 + 0.03 * seed },
        scale: 0.15,
      };
    }),
  );
}

const draw = (runs: readonly MadeUpRun[]): SweepFigure[] => {
  const { table, configs } = someRuns(runs);
  return sweepFigures(table, configs);
};

// Open the snapshots in a browser: a test here is a picture.
describe('figures over runs', () => {
  const figures = draw(poolSweep());

  test('are these, as pictures', async () => {
    expect(figures.map(({ name }) => name)).toEqual([
      ...['phase_picture', 'threshold', 'lead_lag', 'match_against_error'],
    ]);
    // They are to stand in a page, so they come without the typeface.
    for (const { name, svg } of figures) await expect(svg).toMatchFileSnapshot(`snapshots/${name}.svg`);
  });

  test('hold no coordinate that is no number', () => {
    for (const { svg } of figures) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('say the threshold, which lies between pools that do and pools that do not', () => {
    const [, size] = /at a pool of (\d+) patterns/.exec(figures[1]!.caption)!;
    expect(Number(size)).toBeGreaterThan(150);
    expect(Number(size)).toBeLessThan(300);
  });

  test('say the lags that were put in', () => {
    expect(figures[2]!.caption).toMatch(/QK–OV match 0\.90?\d? \(/);
    expect(figures[2]!.caption).toMatch(/z-score 0\.8[34]\d? \(/);
  });

  test.each(figures.map((figure) => [figure.name, figure] as const))(
    '%s comes as PNG and PDF',
    async (_name, { figure }) => {
      const { width, height, pixels } = readPng(await renderPng(figure));
      expect([width, height]).toEqual([figure.width, figure.height]);
      expect(pixels.some((value) => value < 0x40)).toBe(true);
      expect(Buffer.from((await renderPdf(figure)).subarray(0, 5)).toString()).toBe('%PDF-');
    },
  );

  test('are left out where there is nothing to show', () => {
    expect(draw([])).toEqual([]);
    expect(draw(poolSweep().slice(0, 1))).toEqual([]);
    const names = (runs: MadeUpRun[]) => draw(runs).map(({ name }) => name);
    expect(names(poolSweep([null]))).toEqual(['lead_lag', 'match_against_error']);
    expect(names(poolSweep([50, 100]))).toEqual(['phase_picture', 'match_against_error']);
  });

  test('of runs that differ in more than pool and seed are drawn apart, and say so', () => {
    const oneLayer = poolSweep([50, 300]).map((run) => ({
      ...run,
      setting: `one-${run.setting}`,
      layers: 1,
    }));
    const drawn = draw([...poolSweep(), ...oneLayer]);
    expect(drawn.map(({ name }) => name)).toEqual([
      ...['phase_picture_1', 'threshold_1', 'lead_lag_1', 'match_against_error_1'],
      ...['phase_picture_2', 'threshold_2', 'lead_lag_2'],
    ]);
    expect(drawn.at(-1)!.title).toBe('What changes first: num_layers 1');
  });

  test('do not depend on the order of the runs', () => {
    const { table, configs } = someRuns(poolSweep());
    const runs = studyRuns(table, configs);
    const backwards = figuresOfRuns([...runs].reverse());
    expect(backwards).toEqual(figures);
  });
});

test('the fonts of the figures have every character that they use', () => {
  const document = new PDFDocument({ font: fontFiles.regular }).fontSize(2048);
  const missing = document.widthOfString('\uffff');
  const texts = draw(poolSweep()).flatMap(({ svg }) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)]);
  const characters = new Set(texts.flatMap(([, text]) => [...text!.replace(/&#\d+;/g, '')]));
  expect(characters.has('∞')).toBe(true);
  expect([...characters].filter((character) => document.widthOfString(character) === missing)).toEqual([]);
});
