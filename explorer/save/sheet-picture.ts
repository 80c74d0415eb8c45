import { readPalette } from '../chart/palette.js';
import { type ChartSight, captionHeight, chartMarks, chartRows } from './chart-picture.js';
import { csvText } from './csv-text.js';
import { escaped, type Picture, svgDocument } from './picture.js';

const gap = 24;
const keyHeight = 28;

/** A run or a group of runs with its colour. */
export interface SheetKey {
  readonly name: string;
  /** A colour token. */
  readonly colour: string;
}

/** All charts that stand on the page in one picture, as they are seen: three in a row, and which colour is which run. */
export function sheetPicture(
  title: string,
  keys: readonly SheetKey[],
  look: () => readonly ChartSight[],
): Picture {
  return {
    title,
    svg: () => {
      const sights = look();
      const palette = readPalette();
      const width = Math.max(1, ...sights.map((sight) => sight.width));
      const height = Math.max(1, ...sights.map((sight) => sight.height)) + captionHeight;
      const columns = Math.min(3, sights.length) || 1;
      const rows = Math.ceil(sights.length / columns);
      const whole = columns * (width + gap) - gap;
      const { marks: key, height: keyRoom } = keyMarks(keys, whole);
      const parts = sights.map((sight, at) => {
        const x = (at % columns) * (width + gap);
        const y = keyRoom + Math.floor(at / columns) * (height + gap);
        return `<g transform="translate(${x} ${y})">${chartMarks(sight)}</g>`;
      });
      return svgDocument({
        width: whole,
        height: keyRoom + rows * (height + gap) - gap,
        background: palette.colour('paper'),
        font: palette.font,
        marks: key + parts.join(''),
      });
    },
    csv: () =>
      csvText(
        ['chart', 'line', 'step', 'value'],
        look().flatMap((sight) => chartRows(sight).map((row) => [sight.line, ...row])),
      ),
  };
}

function keyMarks(keys: readonly SheetKey[], width: number): { marks: string; height: number } {
  const palette = readPalette();
  let x = 0;
  let y = 0;
  let marks = '';
  for (const { name, colour } of keys) {
    const room = 34 + 7.2 * name.length;
    if (x > 0 && x + room > width) {
      x = 0;
      y += keyHeight;
    }
    marks += `<circle cx="${x + 6}" cy="${y + 8}" r="5" fill="${palette.colour(colour)}"/><text x="${x + 18}" y="${y + 12}" font-size="13" fill="${palette.colour('text')}">${escaped(name)}</text>`;
    x += room;
  }
  return { marks, height: y + keyHeight };
}
