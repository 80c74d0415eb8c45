import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fontFiles } from '../../src/figure/fonts.js';
import { openFont } from '../../src/figure/png/true-type.js';
import { shortenedText, textWidth } from '../../src/figure/text-width.js';

describe.each(['regular', 'bold'] as const)('%s', (face) => {
  const font = openFont(readFileSync(fontFiles[face]));
  test('widths are those of the font', () => {
    const characters = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at));
    for (const character of [...characters, '−', '–', '…', '→']) {
      const advance = font.advanceOf(font.glyphOf(character.codePointAt(0)!));
      expect(textWidth(character, font.unitsPerEm, face === 'bold'), character).toBe(advance);
    }
  });
});

test('other characters are never wider than assumed', () => {
  const font = openFont(readFileSync(fontFiles.bold));
  for (const character of 'äßΩжא☃字·') {
    const advance = font.advanceOf(font.glyphOf(character.codePointAt(0)!));
    expect(textWidth(character, font.unitsPerEm, true), character).toBeGreaterThanOrEqual(advance);
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
