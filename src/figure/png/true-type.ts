/** Closed quadratic outlines of a glyph in font units, y upwards: x, y and whether the point is on the curve. */
export type Contour = readonly { readonly x: number; readonly y: number; readonly on: boolean }[];

/** What drawing text needs of a TrueType font. */
export interface Font {
  readonly unitsPerEm: number;
  /** The glyph of a code point; 0, a box, where the font has none. */
  glyphOf(codePoint: number): number;
  advanceOf(glyph: number): number;
  outlineOf(glyph: number): readonly Contour[];
}

/** Composites nest; real fonts do so twice. */
const deepest = 4;

/**
 * Reads the glyphs of a TrueType font that is trusted, as those of a dependency are.
 * Source: OpenType specification 1.9, tables head, maxp, hhea, hmtx, cmap (format 4), loca, glyf.
 */
export function openFont(bytes: Uint8Array): Font {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let at = 0, count = view.getUint16(4); at < count; at++) {
    const record = 12 + 16 * at;
    tables.set(String.fromCharCode(...bytes.subarray(record, record + 4)), view.getUint32(record + 8));
  }
  const table = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`the font has no table ${tag}`);
    return offset;
  };

  const hmtx = table('hmtx');
  const metrics = view.getUint16(table('hhea') + 34);
  const loca = table('loca');
  const glyf = table('glyf');
  const wideOffsets = view.getInt16(table('head') + 50) === 1;
  const offsetOf = (glyph: number): number =>
    wideOffsets ? view.getUint32(loca + 4 * glyph) : 2 * view.getUint16(loca + 2 * glyph);

  const outlineOf = (glyph: number, depth = 0): Contour[] => {
    if (offsetOf(glyph) === offsetOf(glyph + 1)) return [];
    const start = glyf + offsetOf(glyph);
    const contours = view.getInt16(start);
    if (contours >= 0) return simpleOutline(view, start + 10, contours);
    return depth === deepest ? [] : compositeOutline(view, start + 10, (part) => outlineOf(part, depth + 1));
  };

  return {
    unitsPerEm: view.getUint16(table('head') + 18),
    glyphOf: characterMap(view, table('cmap')),
    advanceOf: (glyph) => view.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)),
    outlineOf,
  };
}

/** Segment mapping to delta values, of the Basic Multilingual Plane. */
function characterMap(view: DataView, cmap: number): (codePoint: number) => number {
  let start = -1;
  for (let at = 0, count = view.getUint16(cmap + 2); at < count; at++) {
    const offset = cmap + view.getUint32(cmap + 4 + 8 * at + 4);
    if (view.getUint16(offset) === 4) start = offset;
  }
  if (start === -1) throw new Error('the font has no character map of format 4');
  const twice = view.getUint16(start + 6);
  const ends = start + 14;
  const starts = ends + twice + 2;
  const deltas = starts + twice;
  const ranges = deltas + twice;
  return (codePoint) => {
    for (let at = 0; at < twice; at += 2) {
      if (view.getUint16(ends + at) < codePoint) continue;
      const first = view.getUint16(starts + at);
      if (first > codePoint) return 0;
      const delta = view.getUint16(deltas + at);
      const range = view.getUint16(ranges + at);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = view.getUint16(ranges + at + range + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

function simpleOutline(view: DataView, start: number, contours: number): Contour[] {
  const ends = Array.from({ length: contours }, (_, at) => view.getUint16(start + 2 * at));
  const count = contours === 0 ? 0 : ends[contours - 1]! + 1;
  let at = start + 2 * contours;
  at += 2 + view.getUint16(at); // instructions
  const flags: number[] = [];
  while (flags.length < count) {
    const flag = view.getUint8(at++);
    flags.push(flag);
    if (flag & 8) for (let repeat = view.getUint8(at++); repeat > 0; repeat--) flags.push(flag);
  }
  const coordinates = (short: number, same: number): number[] => {
    let value = 0;
    return flags.map((flag) => {
      if (flag & short) value += flag & same ? view.getUint8(at++) : -view.getUint8(at++);
      else if (!(flag & same)) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = coordinates(2, 16);
  const ys = coordinates(4, 32);
  const points = flags.map((flag, point) => ({ x: xs[point]!, y: ys[point]!, on: (flag & 1) === 1 }));
  return ends.map((end, contour) => points.slice(contour === 0 ? 0 : ends[contour - 1]! + 1, end + 1));
}

/** Accented letters: other glyphs, moved and scaled. Parts that are placed by matching points are not moved. */
function compositeOutline(
  view: DataView,
  start: number,
  outlineOf: (glyph: number) => readonly Contour[],
): Contour[] {
  const contours: Contour[] = [];
  for (let at = start, more = true; more; ) {
    const flags = view.getUint16(at);
    const part = outlineOf(view.getUint16(at + 2));
    at += 4;
    const words = (flags & 1) === 1;
    const moved = (flags & 2) === 2;
    const dx = moved ? (words ? view.getInt16(at) : view.getInt8(at)) : 0;
    const dy = moved ? (words ? view.getInt16(at + 2) : view.getInt8(at + 1)) : 0;
    at += words ? 4 : 2;
    let matrix = [1, 0, 0, 1];
    const next = (): number => {
      at += 2;
      return view.getInt16(at - 2) / 16384;
    };
    if (flags & 8) {
      const scale = next();
      matrix = [scale, 0, 0, scale];
    } else if (flags & 64) matrix = [next(), 0, 0, next()];
    else if (flags & 128) matrix = [next(), next(), next(), next()];
    const [a, b, c, d] = matrix as [number, number, number, number];
    for (const contour of part) {
      contours.push(contour.map(({ x, y, on }) => ({ x: a * x + c * y + dx, y: b * x + d * y + dy, on })));
    }
    more = (flags & 32) === 32;
  }
  return contours;
}
