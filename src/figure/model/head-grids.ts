import type { HeadGrid } from '../../model/heads.js';
import { headName } from '../../model/heads.js';
import { drawColourBar } from '../colour-bar.js';
import { type ColourScale, coloursOf, isDark, pixelOf, scaleOf } from '../colour-scale.js';
import type { Figure } from '../dynamics.js';
import { shownValue, textAt } from '../figure-text.js';
import type { Box, Mark } from '../marks.js';
import { shortenedText, textWidth } from '../text-width.js';

/** One measure of every head of a model. */
export interface HeadGridPanel {
  /** Plain name of the measure. */
  readonly measure: string;
  /** What it was measured with, such as rank and step; may be empty. */
  readonly details: string;
  /** layer·heads + head; NaN where there is no value. */
  readonly values: Float64Array;
  /** Whether values have a sign. */
  readonly signed: boolean;
}

/** Measures of the heads of one model. */
export interface HeadGrids {
  /** Name of the model or run, and the step where there is one. */
  readonly setting: string;
  readonly grid: HeadGrid;
  readonly panels: readonly HeadGridPanel[];
}

const left = 120;
const top = 170;
const right = 190;
const bottom = 220;
/** The least width of a panel's cells, so that its title has room. */
const narrowest = 700;
const listed = 5;

/**
 * The heads of a model as grids of layers by heads, one for each measure: values stand in the cells where they have room,
 * and the largest are named below.
 */
export function drawHeadGrids({ setting, grid, panels }: HeadGrids): Figure {
  const cell = cellSize(grid);
  const width = left + Math.max(narrowest, grid.heads * cell.width) + right;
  const height = top + grid.layers * cell.height + bottom;
  return {
    title: `${setting}: measures of heads`,
    width: panels.length * width,
    height,
    panels: panels.map((panel, at) => ({
      x: at * width,
      width,
      marks: drawGrid(panel, setting, grid, cell, width),
    })),
  };
}

interface CellSize {
  readonly width: number;
  readonly height: number;
}

/** Room for a value in each cell, where that does not make the grid too large. */
function cellSize({ layers, heads }: HeadGrid): CellSize {
  const width = Math.max(32, Math.min(110, Math.floor(1300 / heads)));
  return { width, height: Math.max(32, Math.min(72, Math.floor(1300 / layers))) };
}

function drawGrid(
  { measure, details, values, signed }: HeadGridPanel,
  setting: string,
  grid: HeadGrid,
  cell: CellSize,
  width: number,
): Mark[] {
  const { layers, heads } = grid;
  const scale = scaleOf(values, signed);
  const plot: Box = { x: left, y: top, width: heads * cell.width, height: layers * cell.height };
  return [
    textAt(measure, left, 58, { size: 40, bold: true }),
    textAt(
      shortenedText(details === '' ? setting : `${setting} · ${details}`, 30, width - left - 30),
      left,
      104,
    ),
    {
      ...{ kind: 'image', box: plot, columns: heads, rows: layers },
      pixels: Uint8Array.from({ length: layers * heads }, (_, at) => pixelOf(scale, values[at]!)),
      colours: coloursOf(scale),
    },
    { kind: 'box', box: plot, ink: 'text', edge: 2 },
    ...drawNames(grid, cell, plot),
    ...drawValues(values, scale, heads, cell, plot),
    ...drawColourBar(scale, { x: plot.x + plot.width + 40, y: top, width: 36, height: plot.height }),
    ...drawLargest(values, grid, plot, width),
  ];
}

function drawNames({ layers, heads }: HeadGrid, cell: CellSize, plot: Box): Mark[] {
  const size = 26;
  const every = (room: number, needed: number) => [1, 2, 5, 10].find((n) => n * room >= needed) ?? 20;
  const marks: Mark[] = [];
  for (let head = 0; head < heads; head += every(cell.width, 1.4 * textWidth('00', size))) {
    const x = plot.x + (head + 0.5) * cell.width;
    marks.push(textAt(String(head), x, plot.y + plot.height + 34, { size, anchor: 'middle' }));
  }
  for (let layer = 0; layer < layers; layer += every(cell.height, 1.3 * size)) {
    const y = plot.y + (layer + 0.5) * cell.height + 9;
    marks.push(textAt(String(layer), plot.x - 14, y, { size, anchor: 'end' }));
  }
  return [
    ...marks,
    textAt('layer ↓', plot.x - 14, plot.y - 18, { size, anchor: 'end' }),
    textAt('head →', plot.x, plot.y + plot.height + 74, { size }),
  ];
}

function drawValues(
  values: Float64Array,
  scale: ColourScale,
  heads: number,
  cell: CellSize,
  plot: Box,
): Mark[] {
  const size = 24;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  const sample = shownValue(-largest, largest);
  if (cell.width < 1.25 * textWidth(sample, size) || cell.height < 1.4 * size) return [];
  return [...values].map((value, at) =>
    textAt(
      shownValue(value, largest),
      plot.x + ((at % heads) + 0.5) * cell.width,
      plot.y + (Math.floor(at / heads) + 0.5) * cell.height + 9,
      { size, anchor: 'middle', ink: isDark(scale, value) ? 'paper' : 'text' },
    ),
  );
}

function drawLargest(values: Float64Array, grid: HeadGrid, plot: Box, width: number): Mark[] {
  const largest = [...values.keys()]
    .filter((at) => Number.isFinite(values[at]))
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, listed);
  if (largest.length === 0) return [];
  const names = largest.map(
    (at) => `${headName(grid, at)} (${shownValue(values[at]!, values[largest[0]!])})`,
  );
  const y = plot.y + plot.height + 132;
  return [
    textAt('Largest:', plot.x, y, { size: 28, bold: true }),
    textAt(shortenedText(names.join(', '), 28, width - plot.x - 30), plot.x, y + 44, { size: 28 }),
  ];
}
