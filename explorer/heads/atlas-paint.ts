import type { HeadGrid } from '../../src/model/heads.js';
import { colourMap } from '../step/colour-map.js';
import { type ColourScale, colourIndex, cssColour, isStrong } from './colour-scale.js';
import type { AtlasWindow } from './heads-pictures.js';
import type { LayerSummary, PairRows } from './pair-rows.js';

function prepare(canvas: HTMLCanvasElement, side: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const size = Math.round(side * ratio);
  if (canvas.width !== size) {
    canvas.width = size;
    canvas.height = size;
  }
  const ink = canvas.getContext('2d')!;
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  ink.clearRect(0, 0, side, side);
  return ink;
}

/** A cell of a strong pair is at least so many CSS pixels wide: of a thousand heads one is less than a pixel. */
const leastDot = 3;

/** Paints the pairs of a window of heads: what is known of pairs of layers, the pairs above it, the strongest last. */
export function paintCells(
  canvas: HTMLCanvasElement,
  options: {
    readonly grid: HeadGrid;
    readonly rows: PairRows;
    readonly scale: ColourScale;
    readonly window: AtlasWindow;
    readonly side: number;
    readonly isDark: boolean;
  },
): void {
  const { grid, rows, scale, window, side, isDark } = options;
  const ink = prepare(canvas, side);
  const { from, count } = window;
  const cell = side / count;
  const colours = colourMap(scale.palette, isDark);
  if (rows.layers !== undefined) paintLayers(ink, rows.layers, { grid, scale, window, side, isDark });
  // More heads than pixels: of the pairs that share a pixel the strongest is seen.
  const size = Math.min(count, canvas.width);
  const image = new ImageData(size, size);
  const pixels = new Uint32Array(image.data.buffer);
  const strengths = new Float32Array(size * size).fill(-1);
  const strong: number[] = [];
  for (let at = 0; at < rows.value.length; at++) {
    const col = rows.writer[at]! - from;
    const row = count - 1 - (rows.reader[at]! - from);
    const value = rows.value[at]!;
    if (col < 0 || row < 0 || col >= count || row >= count || Number.isNaN(value)) continue;
    if (cell < leastDot && isStrong(scale, value)) strong.push(at);
    const place = colourIndex(scale, value);
    const strength = scale.palette === 'diverging' ? Math.abs(place - 127.5) : place;
    const pixel = Math.floor((row * size) / count) * size + Math.floor((col * size) / count);
    if (strength < strengths[pixel]!) continue;
    strengths[pixel] = strength;
    pixels[pixel] = colours[place]!;
  }
  const small = new OffscreenCanvas(size, size);
  small.getContext('2d')!.putImageData(image, 0, 0);
  ink.imageSmoothingEnabled = false;
  ink.drawImage(small, 0, 0, side, side);
  paintRules(ink, canvas, grid, window, side);
  const strengthOf = (at: number) =>
    Math.abs(colourIndex(scale, rows.value[at]!) - 127.5 * (scale.palette === 'diverging' ? 1 : 0));
  strong.sort((a, b) => strengthOf(a) - strengthOf(b));
  for (const at of strong) {
    ink.fillStyle = cssColour(scale, rows.value[at]!, isDark);
    const x = (rows.writer[at]! - from + 0.5) * cell;
    const y = side - (rows.reader[at]! - from + 0.5) * cell;
    ink.fillRect(x - leastDot / 2, y - leastDot / 2, leastDot, leastDot);
  }
}

/** Each pair of layers in the colour of its median. */
function paintLayers(
  ink: CanvasRenderingContext2D,
  { from, to, median }: LayerSummary,
  options: {
    readonly grid: HeadGrid;
    readonly scale: ColourScale;
    readonly window: AtlasWindow;
    readonly side: number;
    readonly isDark: boolean;
  },
): void {
  const { grid, scale, window, side, isDark } = options;
  const block = (grid.heads * side) / window.count;
  const start = (window.from * side) / window.count;
  for (let at = 0; at < median.length; at++) {
    if (Number.isNaN(median[at])) continue;
    ink.fillStyle = cssColour(scale, median[at]!, isDark);
    const x = from[at]! * block - start;
    const y = side - ((to[at]! + 1) * block - start);
    // Whole pixels: a gap between two blocks would look like a line.
    ink.fillRect(Math.floor(x), Math.floor(y), Math.ceil(block) + 1, Math.ceil(block) + 1);
  }
}

/** Lines between layers. */
function paintRules(
  ink: CanvasRenderingContext2D,
  canvas: HTMLCanvasElement,
  grid: HeadGrid,
  { from, count }: AtlasWindow,
  side: number,
): void {
  ink.strokeStyle = getComputedStyle(canvas).getPropertyValue('--rule');
  ink.lineWidth = 1;
  const cell = side / count;
  ink.beginPath();
  for (let layer = 0; layer <= grid.layers; layer++) {
    const edge = Math.round((layer * grid.heads - from) * cell) + 0.5;
    if (edge < 0 || edge > side + 1) continue;
    const x = Math.min(edge, side - 0.5);
    const y = Math.max(0.5, side - edge + 1);
    ink.moveTo(x, 0);
    ink.lineTo(x, side);
    ink.moveTo(0, y);
    ink.lineTo(side, y);
  }
  ink.stroke();
}

/** Frames around the pair below the pointer and the chosen one, at least a few pixels wide. */
export function paintFrames(
  canvas: HTMLCanvasElement,
  { rows, window, side }: { readonly rows: PairRows; readonly window: AtlasWindow; readonly side: number },
  places: readonly number[],
): void {
  const ink = prepare(canvas, side);
  const cell = side / window.count;
  const size = Math.max(cell, 7);
  const style = getComputedStyle(canvas);
  places.forEach((place, at) => {
    if (place < 0) return;
    const x = (rows.writer[place]! - window.from + 0.5) * cell;
    const y = side - (rows.reader[place]! - window.from + 0.5) * cell;
    ink.strokeStyle = style.getPropertyValue('--paper');
    ink.lineWidth = 4;
    ink.strokeRect(x - size / 2, y - size / 2, size, size);
    ink.strokeStyle = style.getPropertyValue(at === 0 ? '--muted' : '--text');
    ink.lineWidth = 2;
    ink.strokeRect(x - size / 2, y - size / 2, size, size);
  });
}
