import { Resvg } from '@resvg/resvg-js';
import { fontFiles } from '../fonts.js';
import { inks } from '../ink.js';
import type { Mark } from '../marks.js';
import { fontFamily, markSvg } from '../svg.js';

/**
 * The pixels of a panel, ready to stand beside others in a PNG: each as its difference from the pixel above (PNG's filter
 * Up), and only those that differ, since one in twenty does.
 */
export interface PanelPixels {
  readonly width: number;
  readonly height: number;
  /** Pixels that differ, numbered along the rows, increasing. */
  readonly places: Uint32Array;
  /** What is added to the pixel above, modulo 256: red, green and blue of each. */
  readonly differences: Uint8Array;
}

/** Searching the system's fonts would cost more than drawing, and make pictures depend on the machine. */
const font = {
  loadSystemFonts: false,
  fontFiles: [fontFiles.regular, fontFiles.bold],
  defaultFontFamily: 'DejaVu Sans',
};

/** Draws a panel on paper with resvg, a pixel of the PNG for a pixel of the SVG. */
export function paintPanel(marks: readonly Mark[], width: number, height: number): PanelPixels {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${fontFamily}>${marks.map(markSvg).join('')}</svg>`;
  const { pixels } = new Resvg(svg, { background: inks.paper, font }).render();
  return differencesOf(pixels, width, height);
}

/** @param pixels height × width of red, green, blue and opacity, all opaque */
export function differencesOf(pixels: Uint8Array, width: number, height: number): PanelPixels {
  const whole = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  let count = 0;
  for (let at = 0; at < whole.length; at++) if (at < width || whole[at] !== whole[at - width]) count++;
  const places = new Uint32Array(count);
  const differences = new Uint8Array(3 * count);
  let next = 0;
  for (let at = 0; at < whole.length; at++) {
    if (at >= width && whole[at] === whole[at - width]) continue;
    places[next] = at;
    for (let channel = 0; channel < 3; channel++) {
      const above = at < width ? 0 : pixels[4 * (at - width) + channel]!;
      differences[3 * next + channel] = pixels[4 * at + channel]! - above;
    }
    next++;
  }
  return { width, height, places, differences };
}

/** Paper without any mark. */
export function blankPanel(width: number, height: number): PanelPixels {
  return {
    ...{ width, height },
    places: Uint32Array.from({ length: width }, (_, at) => at),
    differences: new Uint8Array(3 * width).fill(0xff),
  };
}
