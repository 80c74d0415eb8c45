import PDFDocument from 'pdfkit';
import { describe, expect, test } from 'vitest';
import { fontFiles } from '../../src/figure/fonts.js';
import { shortenedText, textWidth } from '../../src/figure/text-width.js';

/** Widths as pdfkit reads them from the font. */
function widthsOf(face: 'regular' | 'bold'): (character: string) => number {
  const document = new PDFDocument({ font: fontFiles[face] }).fontSize(2048);
  return (character) => document.widthOfString(character);
}

describe.each(['regular', 'bold'] as const)('%s', (face) => {
  const widthOf = widthsOf(face);
  test('widths are those of the font', () => {
    const characters = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at));
    for (const character of [...characters, '−', '–', '…', '→', '←', '×', '≥', '≤']) {
      expect(textWidth(character, 2048, face === 'bold'), character).toBeCloseTo(widthOf(character), 9);
    }
  });
});

test('other characters are never wider than assumed', () => {
  const widthOf = widthsOf('bold');
  for (const character of 'äßΩжא☃字·') {
    expect(textWidth(character, 2048, true), character).toBeGreaterThanOrEqual(widthOf(character));
  }
});

test('a text too long keeps its beginning and end', () => {
  const text = 'a_name_that_is_far_too_long';
  expect(shortenedText(text, 10, 1000)).toBe(text);
  const short = shortenedText(text, 10, 100);
  expect(short).toMatch(/^a_na.*….*long$/);
  expect(textWidth(short, 10)).toBeLessThanOrEqual(100);
  expect(shortenedText(text, 10, 1)).toBe('…');
});
