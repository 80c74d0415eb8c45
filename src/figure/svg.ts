import { line } from 'd3-shape';
import type { Points } from './decimate.js';
import { pngDataUri } from './indexed-png.js';
import { inks } from './ink.js';
import type { AreaMark, ImageMark, Mark, TextMark } from './marks.js';

/**
 * Attributes of the element that texts stand in. Verdana has the widths of DejaVu Sans, for letters that the embedded part
 * lacks where that is not installed.
 */
export const fontFamily = `font-family="DejaVu Sans, Verdana, sans-serif" fill="${inks.text}"`;

/** Text as it may stand in XML content and attributes; characters that XML forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML 1.0 cannot hold
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd')
      .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}

/**
 * A coordinate to a tenth of a pixel: finer cannot be seen, and what is printed is short and the same on every machine.
 */
export function tenth(value: number): number {
  // The sum turns -0 into 0.
  return Math.round(value * 10) / 10 + 0;
}

/** Path data of a polyline with gaps. */
export function curvePath({ x, y }: Points): string {
  const path = line<number>()
    .defined((at) => !Number.isNaN(y[at]!))
    .x((at) => tenth(x[at]!))
    .y((at) => tenth(y[at]!));
  return path(x.keys()) ?? '';
}

/** Path data of an area: along its upper edge, and back along the lower one. */
export function areaPath({ x, top, bottom }: AreaMark): string {
  const there = Array.from(x, (at, place) => `${tenth(at)},${tenth(top[place]!)}`);
  const back = Array.from(x, (at, place) => `${tenth(at)},${tenth(bottom[place]!)}`).reverse();
  return `M${[...there, ...back].join('L')}Z`;
}

/** The SVG element of a mark. */
export function markSvg(mark: Mark): string {
  if (mark.kind === 'text') return textSvg(mark);
  if (mark.kind === 'image') return imageSvg(mark);
  const colour = inks[mark.ink];
  switch (mark.kind) {
    case 'box': {
      const { x, y, width, height } = mark.box;
      const paint =
        mark.edge === undefined
          ? `fill="${colour}"`
          : `fill="none" stroke="${colour}" stroke-width="${tenth(mark.edge)}"`;
      return `<rect x="${tenth(x)}" y="${tenth(y)}" width="${tenth(width)}" height="${tenth(height)}" ${paint}/>`;
    }
    case 'rules': {
      const path = mark.lines.map(([x0, y0, x1, y1]) =>
        x0 === x1 ? `M${tenth(x0)},${tenth(y0)}V${tenth(y1)}` : `M${tenth(x0)},${tenth(y0)}H${tenth(x1)}`,
      );
      const dashes = mark.dashes === undefined ? '' : ` stroke-dasharray="${mark.dashes.join(' ')}"`;
      return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="${tenth(mark.width)}"${dashes}/>`;
    }
    case 'curve':
      return `<path d="${curvePath(mark.points)}" fill="none" stroke="${colour}" stroke-width="${tenth(mark.width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
    case 'area':
      return `<path d="${areaPath(mark)}" fill="${colour}"/>`;
    case 'dots': {
      const { x, y } = mark.points;
      let path = '';
      // A stroke of no length with round ends is a disc, at an eighth of the bytes of a circle element.
      for (let at = 0; at < x.length; at++) {
        if (!Number.isNaN(y[at])) path += `M${tenth(x[at]!)},${tenth(y[at]!)}h0`;
      }
      return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${tenth(mark.diameter)}" stroke-linecap="round"/>`;
    }
  }
}

/** What keeps cells of pictures sharp in browsers; resvg knows the attribute of the picture alone. */
export const sharpImages = '<style>image{image-rendering:pixelated}</style>\n';

function imageSvg(mark: ImageMark): string {
  const { x, y, width, height } = mark.box;
  return `<image x="${tenth(x)}" y="${tenth(y)}" width="${tenth(width)}" height="${tenth(height)}" preserveAspectRatio="none" image-rendering="optimizeSpeed" href="${pngDataUri(mark)}"/>`;
}

function textSvg({ content, x, y, size, bold, anchor, ink }: TextMark): string {
  const weight = bold ? ' font-weight="bold"' : '';
  const end = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  const fill = ink === undefined || ink === 'text' ? '' : ` fill="${inks[ink]}"`;
  return `<text x="${tenth(x)}" y="${tenth(y)}" font-size="${tenth(size)}"${weight}${end}${fill}>${escapeXml(content)}</text>`;
}
