import { formatValue } from '../chart/format.js';
import { readPalette } from '../chart/palette.js';
import { dark } from '../state/theme.js';
import { colourMap, type Palette, paint } from '../step/colour-map.js';
import { csvText, type Field } from './csv-text.js';
import { escaped, type Picture, svgDocument } from './picture.js';

/** A matrix as it is seen on the page. */
export interface MapSight {
  readonly title: string;
  readonly rows: number;
  readonly cols: number;
  /** Row by row from above; NaN is left blank. */
  readonly values: ArrayLike<number>;
  readonly palette: Palette;
  readonly low: number;
  readonly high: number;
  /** Where a value stands among the colours, in [0, 1]; evenly from `low` to `high` unless given. */
  readonly placeOf?: (value: number) => number;
  readonly rowName: string;
  readonly colName: string;
  /** Names of some rows and columns, by their place. */
  readonly rowTicks: readonly Tick[];
  readonly colTicks: readonly Tick[];
  /** The numbers as a table. */
  readonly table: () => { readonly header: readonly string[]; readonly rows: Iterable<readonly Field[]> };
}

/** The name of a row or a column; `at` may lie between two. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const margin = { top: 54, right: 16, bottom: 58, left: 56 };
const side = 420;

/** A heat map with its title, axes and scale, as files. */
export function mapPicture(title: string, look: () => MapSight): Picture {
  return {
    title,
    svg: () => mapSvg(look()),
    csv: () => {
      const { header, rows } = look().table();
      return csvText(header, rows);
    },
  };
}

function mapSvg(sight: MapSight): string {
  const { title, rows, cols, rowName, colName, rowTicks, colTicks, low, high, palette } = sight;
  const colours = readPalette();
  // Cells are whole pixels, so that all are of one size.
  const cell = Math.max(1, Math.floor(side / Math.max(rows, cols)));
  const [width, height] = [cols * cell, rows * cell];
  const muted = `font-size="12" fill="${colours.colour('muted')}"`;
  const text = (x: number, y: number, words: string, more = '') =>
    `<text x="${x}" y="${y}" ${muted} ${more}>${escaped(words)}</text>`;
  const marks = [
    `<text x="0" y="16" font-size="14" font-weight="650" fill="${colours.colour('text')}">${escaped(title)}</text>`,
    text(margin.left, 34, `${colName} →`),
    text(0, 0, `${rowName} →`, `transform="translate(12 ${margin.top}) rotate(90)"`),
    `<image x="${margin.left}" y="${margin.top}" width="${width}" height="${height}" href="${enlarged(sight, cell)}"/>`,
    `<rect x="${margin.left}" y="${margin.top}" width="${width}" height="${height}" fill="none" stroke="${colours.colour('rule')}"/>`,
    ...colTicks.map(({ at, label }) =>
      text(margin.left + (at + 0.5) * cell, 48, label, 'text-anchor="middle"'),
    ),
    ...rowTicks.map(({ at, label }) =>
      text(margin.left - 6, margin.top + (at + 0.5) * cell + 4, label, 'text-anchor="end"'),
    ),
  ];
  const foot = margin.top + height + 20;
  const { placeOf = (value: number) => (value - low) / (high - low) } = sight;
  const steps = Array.from({ length: 64 }, (_, at) => {
    const place = placeOf(low + (at / 63) * (high - low));
    const colour = cssOf(colourMap(palette, dark.value)[Math.round(place * 255)]!);
    return `<rect x="${margin.left + at * 3}" y="${foot}" width="3.2" height="10" fill="${colour}"/>`;
  });
  marks.push(
    ...steps,
    text(margin.left, foot + 26, formatValue(low)),
    text(margin.left + 192, foot + 26, formatValue(high), 'text-anchor="end"'),
  );
  return svgDocument({
    width: Math.max(margin.left + width + margin.right, 270, 8 * title.length),
    height: margin.top + height + margin.bottom,
    background: colours.colour('paper'),
    font: colours.font,
    marks: marks.join(''),
  });
}

/** The matrix as a picture whose pixels are cells of a given size: readers of SVG differ in how they enlarge one. */
function enlarged(sight: MapSight, cell: number): string {
  const { rows, cols, values, palette, placeOf } = sight;
  const [low, high] = placeOf === undefined ? [sight.low, sight.high] : [0, 1];
  const small = document.createElement('canvas');
  const colours = colourMap(palette, dark.value);
  const shown = placeOf === undefined ? Float32Array.from(values) : Float32Array.from(values, placeOf);
  paint(small, shown, { rows, cols, low, high, colours });
  const ink = small.getContext('2d')!;
  for (let at = 0; at < rows * cols; at++) {
    if (Number.isNaN(values[at])) ink.clearRect(at % cols, Math.floor(at / cols), 1, 1);
  }
  const large = document.createElement('canvas');
  large.width = cols * cell;
  large.height = rows * cell;
  const out = large.getContext('2d')!;
  out.imageSmoothingEnabled = false;
  out.drawImage(small, 0, 0, large.width, large.height);
  return large.toDataURL();
}

function cssOf(pixel: number): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return `#${hex(pixel & 255)}${hex((pixel >> 8) & 255)}${hex((pixel >> 16) & 255)}`;
}

/** A number at every so many places, so many at most: 0, 10, 20 … */
export function everyTick(count: number, most: number, name: (at: number) => string = String): Tick[] {
  const by = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => count / step <= most) ?? count;
  return Array.from({ length: Math.ceil(count / by) }, (_, at) => ({ at: at * by, label: name(at * by) }));
}
