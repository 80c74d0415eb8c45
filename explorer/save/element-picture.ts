import { readPalette } from '../chart/palette.js';
import { csvText, type Field } from './csv-text.js';
import { escaped, type Picture, svgDocument } from './picture.js';

/** What style sheets of the page say and a file has to say itself. */
const properties = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray'],
  ...['stroke-linejoin', 'stroke-linecap', 'opacity', 'font-size', 'font-weight', 'text-anchor'],
];

const titleHeight = 30;
const legendHeight = 22;

/** A line of a chart, named in its file: on the page its name may stand elsewhere. */
export interface LegendLine {
  readonly name: string;
  /** As CSS has it, `var(--measure)`. */
  readonly colour: string;
  readonly dashed?: boolean;
}

/**
 * An SVG that stands on the page as files: its styles written out, its title above it.
 * @param find the element, when a file is asked for   @param rows its numbers, the first row their names
 */
export function elementPicture(
  title: string,
  find: () => SVGSVGElement,
  numbers: () => { readonly header: readonly string[]; readonly rows: Iterable<readonly Field[]> },
  legend: () => readonly LegendLine[] = () => [],
): Picture {
  return {
    title,
    svg: () => {
      const element = find();
      const copy = element.cloneNode(true) as SVGSVGElement;
      const originals = [element, ...element.querySelectorAll('*')];
      [copy, ...copy.querySelectorAll('*')].forEach((node, at) => {
        const style = getComputedStyle(originals[at]!);
        const text = properties.map((name) => `${name}:${style.getPropertyValue(name)}`).join(';');
        node.setAttribute('style', text);
        node.removeAttribute('class');
      });
      const { width, height } = element.getBoundingClientRect();
      copy.setAttribute('width', String(width));
      copy.setAttribute('height', String(height));
      const lines = legend();
      const top = titleHeight + (lines.length > 1 ? legendHeight : 0);
      copy.setAttribute('y', String(top));
      for (const name of ['tabindex', 'role', 'aria-label']) copy.removeAttribute(name);
      const palette = readPalette();
      return svgDocument({
        width: Math.ceil(width),
        height: Math.ceil(height) + top,
        background: palette.colour('paper'),
        font: palette.font,
        marks: `<text x="0" y="17" font-size="14" font-weight="650" fill="${palette.colour('text')}">${escaped(title)}</text>${lines.length > 1 ? legendMarks(lines) : ''}${new XMLSerializer().serializeToString(copy)}`,
      });
    },
    csv: () => {
      const { header, rows } = numbers();
      return csvText(header, rows);
    },
  };
}

function legendMarks(lines: readonly LegendLine[]): string {
  const palette = readPalette();
  let x = 0;
  return lines
    .map(({ name, colour, dashed }) => {
      const token = /^var\(--(.+)\)$/.exec(colour)?.[1];
      const ink = token === undefined ? colour : palette.colour(token);
      const at = x;
      x += 40 + 6.6 * name.length;
      return `<path d="M${at} 36h18" stroke="${ink}" stroke-width="2"${dashed ? ' stroke-dasharray="3 3"' : ''}/><text x="${at + 24}" y="40" font-size="12" fill="${palette.colour('muted')}">${escaped(name)}</text>`;
    })
    .join('');
}
