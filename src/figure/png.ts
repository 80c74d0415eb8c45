import { Resvg } from '@resvg/resvg-js';
import { type Figure, svgOf } from './dynamics.js';
import { fontFamily, fontFiles } from './fonts.js';
import { encodePng } from './png-encode.js';

/** A figure as PNG. */
export function renderPng(figure: Figure): Uint8Array {
  const image = new Resvg(svgOf(figure), {
    fitTo: { mode: 'width', value: figure.width },
    font: {
      loadSystemFonts: false,
      fontFiles: [fontFiles.regular, fontFiles.bold],
      defaultFontFamily: fontFamily,
    },
  }).render();
  return encodePng(image.pixels, image.width, image.height);
}
