import { expect, test } from 'vitest';
import { figureMaker } from '../../src/figure/dynamics.js';
import { renderPdf } from '../../src/figure/pdf.js';
import { someCurves } from './some-curves.js';

const figure = figureMaker(someCurves())({ setting: 'some_run', rank: 10, method: 'mean', relPos: 0 });

test('a page of the figure’s size with both faces embedded', async () => {
  const text = Buffer.from(await renderPdf(figure)).toString('latin1');
  expect(text.startsWith('%PDF-1.')).toBe(true);
  expect(text.trimEnd().endsWith('%%EOF')).toBe(true);
  expect(text).toContain('/MediaBox [0 0 1715.76 386.28]');
  expect(text.match(/\/FontFile2 /g)).toHaveLength(2);
  expect(text).toMatch(/\/FontName \/[A-Z]{6}\+DejaVuSans\b/);
  expect(text).toMatch(/\/FontName \/[A-Z]{6}\+DejaVuSans-Bold\b/);
});

test('the same figure is the same file', async () => {
  const [first, second] = [await renderPdf(figure), await renderPdf(figure)];
  expect(Buffer.compare(first, second)).toBe(0);
});
