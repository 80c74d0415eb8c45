import { readFileSync } from 'node:fs';
import type { Figure } from './dynamics.js';
import { fontFiles } from './fonts.js';
import type { Mark } from './marks.js';
import { encodePng } from './png/encode.js';
import { palette } from './png/palette.js';
import { Raster } from './png/raster.js';
import { makeTile, type Tile } from './png/tile.js';
import { openFont } from './png/true-type.js';

/**
 * Draws figures as PNG, one palette pixel for each pixel of the SVG. A panel that figures share (the same array of
 * marks) is painted and compressed once, whatever figures it comes up in: the 800 panels of the notebook's 160 figures are 265.
 */
export class PngRenderer {
  private readonly fonts = {
    regular: openFont(readFileSync(fontFiles.regular)),
    bold: openFont(readFileSync(fontFiles.bold)),
  };
  private readonly rasters = new Map<string, Raster>();
  private readonly tiles = new WeakMap<readonly Mark[], Tile>();

  /** The figure as the bytes of a PNG file. */
  render({ width, height, panels }: Figure): Uint8Array {
    const tiles: Tile[] = [];
    let x = 0;
    for (const panel of panels) {
      if (panel.x > x) tiles.push(blank(panel.x - x, height));
      tiles.push(this.tile(panel.marks, panel.width, height));
      x = panel.x + panel.width;
    }
    if (x < width) tiles.push(blank(width - x, height));
    return encodePng(tiles, palette);
  }

  private tile(marks: readonly Mark[], width: number, height: number): Tile {
    const known = this.tiles.get(marks);
    if (known !== undefined) return known;
    const size = `${width} ${height}`;
    const raster = this.rasters.get(size) ?? new Raster(width, height, this.fonts);
    this.rasters.set(size, raster);
    raster.paint(marks);
    const tile = makeTile(raster.pixels, width, height, raster.stride);
    this.tiles.set(marks, tile);
    return tile;
  }
}

/** Paper: colour 0 of the palette. */
function blank(width: number, height: number): Tile {
  const stride = Math.ceil(width / 4) * 4;
  return makeTile(new Uint8Array(stride * height), width, height, stride);
}

let renderer: PngRenderer | undefined;

/** The figure as the bytes of a PNG file, drawn by one renderer that all calls share. */
export function renderPng(figure: Figure): Uint8Array {
  renderer ??= new PngRenderer();
  return renderer.render(figure);
}
