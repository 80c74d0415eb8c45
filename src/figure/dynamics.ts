import type { Curves } from '../series/curves.js';
import { inks } from './ink.js';
import type { Mark } from './marks.js';
import { drawPanel, panelHeight, panelWidth } from './panel.js';
import { type Choice, panels } from './panels.js';
import { escapeXml, fontFamily, markSvg, sharpImages } from './svg.js';
import { boldFont, regularFont } from './svg-font.js';

/** A figure as panels side by side, each on its own pixels, so that equal panels of figures need drawing once. */
export interface Figure {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly panels: readonly FigurePanel[];
}

/** Marks in a box of `width` by the figure's height, whose upper left corner is the origin. */
export interface FigurePanel {
  readonly x: number;
  readonly width: number;
  /** The same array in every figure that shares the panel. */
  readonly marks: readonly Mark[];
}

/** Width of the notebook's figure in pixels; the panels leave its last column white. */
export const figureWidth = 4766;

/**
 * Draws the five panels for any choice of one table; a panel that several figures share is drawn once.
 * Source: the notebook's figure `train_matching_measure`.
 */
export function figureMaker(curves: Curves): (choice: Choice) => Figure {
  const drawn = panels.map(() => new Map<string, readonly Mark[]>());
  return (choice) => ({
    title: `${choice.setting}: training dynamics, rank ${choice.rank}, match ${choice.method}, rel_pos ${choice.relPos}`,
    width: Math.max(figureWidth, panels.length * panelWidth),
    height: panelHeight,
    panels: panels.map(({ nameOf, make }, at) => {
      const name = nameOf(curves, choice);
      const marks = drawn[at]!.get(name) ?? drawPanel(make(curves, choice));
      drawn[at]!.set(name, marks);
      return { x: at * panelWidth, width: panelWidth, marks };
    }),
  });
}

/** The figure of one choice as an SVG document. */
export function dynamicsFigure(curves: Curves, choice: Choice): string {
  return svgOf(figureMaker(curves)(choice));
}

/** The typeface, so that text looks and fits the same where it is not installed. */
const fontFaces = `<style>${[
  [regularFont, 'normal'],
  [boldFont, 'bold'],
]
  .map(
    ([data, weight]) =>
      `@font-face{font-family:"DejaVu Sans";font-weight:${weight};src:url(data:font/woff2;base64,${data}) format("woff2")}`,
  )
  .join('')}</style>\n`;

/**
 * A figure as one SVG document, in pixels at 200 dots an inch.
 * @param embedFont whether the document brings its typeface; a page of many figures need not have it in each
 */
export function svgOf({ title, width, height, panels }: Figure, embedFont = true): string {
  const size = `width="${width / 200}in" height="${height / 200}in" viewBox="0 0 ${width} ${height}"`;
  const hasImage = panels.some(({ marks }) => marks.some(({ kind }) => kind === 'image'));
  const groups = panels
    .map(({ x, marks }) => `<g transform="translate(${x})">${marks.map(markSvg).join('')}</g>\n`)
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${fontFamily} role="img">
<title>${escapeXml(title)}</title>
${embedFont ? fontFaces : ''}${hasImage ? sharpImages : ''}<rect width="${width}" height="${height}" fill="${inks.paper}"/>
${groups}</svg>
`;
}
