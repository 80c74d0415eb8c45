import { inkNames } from '../ink.js';
import type { AreaMark, Box, CurveMark, DotsMark, Mark, RulesMark, TextMark } from '../marks.js';
import { type GlyphMask, glyphMask } from './glyph-mask.js';
import { blend, fullCoverage } from './palette.js';
import type { Font } from './true-type.js';

/** The typefaces that texts are drawn in. */
export interface Fonts {
  readonly regular: Font;
  readonly bold: Font;
}

/** The colour that needs no painting, and that the encoder takes for what lies beyond a row. */
const paper = inkNames.indexOf('paper');

/** Places between two pixels at which a glyph can start. */
const phases = 4;

/** Paints marks on pixels that are numbers of palette colours. One raster serves any number of pictures of its size. */
export class Raster {
  readonly width: number;
  readonly height: number;
  /** Pixels from one row to the next; those beyond the width stay zero. */
  readonly stride: number;
  readonly pixels: Uint8Array;
  private readonly fonts: Fonts;
  /** Coverage by the mark that is being painted: where its parts overlap the largest counts, so joints don't show. */
  private readonly mask: Uint8Array;
  /** Columns that the mask has touched, per row: from, and up to. */
  private readonly from: Int32Array;
  private readonly to: Int32Array;
  private readonly glyphs = new Map<string, GlyphMask>();

  constructor(width: number, height: number, fonts: Fonts) {
    this.width = width;
    this.height = height;
    this.fonts = fonts;
    this.stride = Math.ceil(width / 4) * 4;
    this.pixels = new Uint8Array(this.stride * height);
    this.mask = new Uint8Array(this.stride * height);
    this.from = new Int32Array(height).fill(width);
    this.to = new Int32Array(height);
  }

  /** Paints marks, in order, on paper. */
  paint(marks: readonly Mark[]): void {
    this.pixels.fill(paper);
    for (const mark of marks) this.paintMark(mark);
  }

  private paintMark(mark: Mark): void {
    if (mark.kind === 'text') {
      this.text(mark);
      return;
    }
    const ink = inkNames.indexOf(mark.ink);
    switch (mark.kind) {
      case 'box':
        for (const part of mark.edge === undefined ? [mark.box] : edgesOf(mark.box, mark.edge)) {
          this.box(part, ink);
        }
        return;
      case 'rules':
        for (const part of rulesOf(mark)) this.box(part, ink);
        return;
      case 'curve':
        this.curve(mark);
        this.flush(ink);
        return;
      case 'area':
        for (const part of columnsOf(mark)) this.box(part, ink);
        return;
      case 'dots':
        this.dots(mark);
        this.flush(ink);
        return;
    }
  }

  private box({ x, y, width, height }: Box, ink: number): void {
    const left = Math.max(0, x);
    const right = Math.min(this.width, x + width);
    const top = Math.max(0, y);
    const bottom = Math.min(this.height, y + height);
    const wholeFrom = Math.ceil(left);
    const wholeTo = Math.max(wholeFrom, Math.floor(right));
    for (let row = Math.floor(top); row < bottom; row++) {
      const high = Math.min(row + 1, bottom) - Math.max(row, top);
      const start = row * this.stride;
      // The call costs more than a few pixels, and most boxes are rules.
      if (high === 1 && wholeTo - wholeFrom > 16) {
        this.pixels.fill(ink, start + wholeFrom, start + wholeTo);
      } else {
        const coverage = Math.round(fullCoverage * high);
        for (let column = wholeFrom; column < wholeTo; column++) this.cover(start + column, ink, coverage);
      }
      if (left < wholeFrom) {
        const wide = Math.min(wholeFrom, right) - left;
        this.cover(start + wholeFrom - 1, ink, Math.round(fullCoverage * high * wide));
      }
      if (right > wholeTo) {
        const wide = right - Math.max(wholeTo, left);
        this.cover(start + wholeTo, ink, Math.round(fullCoverage * high * wide));
      }
    }
  }

  private cover(pixel: number, ink: number, coverage: number): void {
    if (coverage === 0) return;
    this.pixels[pixel] = coverage === fullCoverage ? ink : blend(this.pixels[pixel]!, ink, coverage);
  }

  private curve({ points: { x, y }, width }: CurveMark): void {
    for (let at = 0; at < x.length; at++) {
      if (Number.isNaN(y[at])) continue;
      const joined = at > 0 && !Number.isNaN(y[at - 1]);
      // A point without neighbours is a disc.
      if (joined) this.capsule(x[at - 1]!, y[at - 1]!, x[at]!, y[at]!, width / 2);
      else if (!(at + 1 < x.length && !Number.isNaN(y[at + 1]))) this.disc(x[at]!, y[at]!, width / 2);
    }
  }

  private dots({ points: { x, y }, diameter }: DotsMark): void {
    for (let at = 0; at < x.length; at++) {
      if (!Number.isNaN(y[at])) this.disc(x[at]!, y[at]!, diameter / 2);
    }
  }

  private disc(x: number, y: number, radius: number): void {
    this.capsule(x, y, x, y, radius);
  }

  /**
   * All that is within `radius` of a segment. A pixel is covered by as much as its centre lies inside the edge, which for
   * edges straighter than a pixel is the covered area.
   */
  private capsule(x0: number, y0: number, x1: number, y1: number, radius: number): void {
    const { mask, width, stride } = this;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const inverse = dx === 0 && dy === 0 ? 0 : 1 / (dx * dx + dy * dy);
    const reach = radius + 0.5;
    const last = Math.min(this.height - 1, Math.floor(Math.max(y0, y1) + reach));
    for (let row = Math.max(0, Math.floor(Math.min(y0, y1) - reach)); row <= last; row++) {
      const y = row + 0.5;
      // The part of the segment that is near enough to this row, and from it the columns that can be covered.
      let a = 0;
      let b = 1;
      if (dy !== 0) {
        const t0 = (y - reach - y0) / dy;
        const t1 = (y + reach - y0) / dy;
        a = Math.max(0, Math.min(t0, t1));
        b = Math.min(1, Math.max(t0, t1));
        if (a > b) continue;
      }
      const from = Math.max(0, Math.floor(Math.min(x0 + a * dx, x0 + b * dx) - reach));
      const to = Math.min(width, Math.ceil(Math.max(x0 + a * dx, x0 + b * dx) + reach));
      if (from < this.from[row]!) this.from[row] = from;
      if (to > this.to[row]!) this.to[row] = to;
      const vy = y - y0;
      for (let column = from; column < to; column++) {
        const vx = column + 0.5 - x0;
        let t = (vx * dx + vy * dy) * inverse;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ex = vx - t * dx;
        const ey = vy - t * dy;
        const inside = reach - Math.sqrt(ex * ex + ey * ey);
        if (inside <= 0) continue;
        const coverage = inside >= 1 ? fullCoverage : Math.round(fullCoverage * inside);
        const pixel = row * stride + column;
        if (coverage > mask[pixel]!) mask[pixel] = coverage;
      }
    }
  }

  /** Inks what the mask covers, and clears the mask. */
  private flush(ink: number): void {
    const { mask, width, height, stride } = this;
    for (let row = 0; row < height; row++) {
      const start = row * stride + this.from[row]!;
      const end = row * stride + this.to[row]!;
      for (let pixel = start; pixel < end; pixel++) {
        const coverage = mask[pixel]!;
        if (coverage === 0) continue;
        this.cover(pixel, ink, coverage);
        mask[pixel] = 0;
      }
      this.from[row] = width;
      this.to[row] = 0;
    }
  }

  private text({ content, x, y, size, bold, anchor }: TextMark): void {
    const font = bold ? this.fonts.bold : this.fonts.regular;
    const scale = size / font.unitsPerEm;
    const glyphs = Array.from(content, (character) => font.glyphOf(character.codePointAt(0)!));
    const width = glyphs.reduce((sum, glyph) => sum + font.advanceOf(glyph), 0) * scale;
    let pen = x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
    for (const glyph of glyphs) {
      const place = Math.round(pen * phases);
      this.glyph(
        this.maskOf(glyph, bold, size, place & (phases - 1)),
        Math.floor(place / phases),
        Math.round(y),
      );
      pen += font.advanceOf(glyph) * scale;
    }
  }

  private maskOf(glyph: number, bold: boolean, size: number, phase: number): GlyphMask {
    const name = `${glyph} ${bold} ${size} ${phase}`;
    const known = this.glyphs.get(name);
    if (known !== undefined) return known;
    const font = bold ? this.fonts.bold : this.fonts.regular;
    const mask = glyphMask(font.outlineOf(glyph), size / font.unitsPerEm, phase / phases);
    this.glyphs.set(name, mask);
    return mask;
  }

  private glyph(mask: GlyphMask, x: number, y: number): void {
    const ink = inkNames.indexOf('text');
    for (let row = 0; row < mask.height; row++) {
      const toY = y + mask.y + row;
      if (toY < 0 || toY >= this.height) continue;
      for (let column = 0; column < mask.width; column++) {
        const toX = x + mask.x + column;
        if (toX < 0 || toX >= this.width) continue;
        this.cover(toY * this.stride + toX, ink, mask.coverage[row * mask.width + column]!);
      }
    }
  }
}

/** An area as boxes of one pixel's width, as high as it is in the middle of the pixel. */
function columnsOf({ x, top, bottom }: AreaMark): Box[] {
  const boxes: Box[] = [];
  const last = x.length - 1;
  let piece = 0;
  for (let column = Math.round(x[0]!); column < Math.round(x[last]!); column++) {
    const middle = column + 0.5;
    while (piece < last - 1 && x[piece + 1]! < middle) piece++;
    const share = Math.min(1, Math.max(0, (middle - x[piece]!) / (x[piece + 1]! - x[piece]!)));
    const y = top[piece]! + share * (top[piece + 1]! - top[piece]!);
    const end = bottom[piece]! + share * (bottom[piece + 1]! - bottom[piece]!);
    boxes.push({ x: column, y, width: 1, height: end - y });
  }
  return boxes;
}

/** The edge of a box as four boxes that don't overlap. */
function edgesOf({ x, y, width, height }: Box, edge: number): Box[] {
  const half = edge / 2;
  return [
    { x: x - half, y: y - half, width: width + edge, height: edge },
    { x: x - half, y: y + height - half, width: width + edge, height: edge },
    { x: x - half, y: y + half, width: edge, height: height - edge },
    { x: x + width - half, y: y + half, width: edge, height: height - edge },
  ];
}

function rulesOf({ lines, width, dashes }: RulesMark): Box[] {
  return lines.flatMap(([x0, y0, x1, y1]) => {
    const upright = x0 === x1;
    const length = upright ? y1 - y0 : x1 - x0;
    const [dash, gap] = dashes ?? [length, 1];
    const parts: Box[] = [];
    for (let at = 0; at < length; at += dash + gap) {
      const part = Math.min(dash, length - at);
      parts.push(
        upright
          ? { x: x0 - width / 2, y: y0 + at, width, height: part }
          : { x: x0 + at, y: y0 - width / 2, width: part, height: width },
      );
    }
    return parts;
  });
}
