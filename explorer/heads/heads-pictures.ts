import type { HeadGrid } from '../../src/model/heads.js';
import { headName } from '../../src/model/heads.js';
import { elementPicture } from '../save/element-picture.js';
import { everyTick, mapPicture, type Tick } from '../save/map-picture.js';
import type { Picture } from '../save/picture.js';
import { type ColourScale, colourIndex } from './colour-scale.js';
import type { LayerSummary, PairRows } from './pair-rows.js';

/** Heads from one to another, on both axes of the atlas. */
export interface AtlasWindow {
  readonly from: number;
  readonly count: number;
}

/** The part of the atlas that is seen; its table has the pairs of that part. */
export function atlasPicture(
  title: string,
  look: () => {
    readonly grid: HeadGrid;
    readonly rows: PairRows;
    readonly scale: ColourScale;
    readonly window: AtlasWindow;
  },
): Picture {
  return mapPicture(title, () => {
    const { grid, rows, scale, window } = look();
    const { from, count } = window;
    const values = new Float32Array(count * count).fill(Number.NaN);
    const places: number[] = [];
    if (rows.layers !== undefined) fillMedians(values, rows.layers, grid, window);
    for (let at = 0; at < rows.value.length; at++) {
      const col = rows.writer[at]! - from;
      const row = count - 1 - (rows.reader[at]! - from);
      if (col < 0 || row < 0 || col >= count || row >= count) continue;
      values[row * count + col] = rows.value[at]!;
      places.push(at);
    }
    const layers: Tick[] = [];
    for (let layer = 0; layer < grid.layers; layer++) {
      const middle = (layer + 0.5) * grid.heads - 0.5 - from;
      if (middle >= 0 && middle < count) layers.push({ at: middle, label: String(layer) });
    }
    return {
      ...mapScale(scale),
      ...{ title, rows: count, cols: count, values },
      rowName: 'layer of the reader',
      colName: 'layer of the writer',
      colTicks: layers,
      rowTicks: layers.map(({ at, label }) => ({ at: count - 1 - at, label })),
      table: () => pairTable(grid, rows, places),
    };
  });
}

/** Puts the median of two layers where their pairs of heads have no numbers of their own. */
function fillMedians(
  values: Float32Array,
  { from, to, median }: LayerSummary,
  { heads }: HeadGrid,
  window: AtlasWindow,
): void {
  const { count } = window;
  for (let at = 0; at < median.length; at++) {
    for (let reader = to[at]! * heads; reader < (to[at]! + 1) * heads; reader++) {
      const row = count - 1 - (reader - window.from);
      if (row < 0 || row >= count) continue;
      const first = Math.max(0, from[at]! * heads - window.from);
      const end = Math.min(count, (from[at]! + 1) * heads - window.from);
      if (end > first) values.fill(median[at]!, row * count + first, row * count + end);
    }
  }
}

function mapScale(scale: ColourScale) {
  const { palette, low, high } = scale;
  return { palette, low, high, placeOf: (value: number) => colourIndex(scale, value) / 255 };
}

/** Layers by heads. */
export function gridPicture(
  title: string,
  look: () => { readonly grid: HeadGrid; readonly values: Float64Array; readonly scale: ColourScale },
): Picture {
  return mapPicture(title, () => {
    const { grid, values, scale } = look();
    return {
      ...mapScale(scale),
      ...{ title, rows: grid.layers, cols: grid.heads, values },
      rowName: 'layer',
      colName: 'head',
      rowTicks: everyTick(grid.layers, 24),
      colTicks: everyTick(grid.heads, 14),
      table: () => ({
        header: ['head', 'value'],
        rows: Array.from(values, (value, head) => [headName(grid, head), value]),
      }),
    };
  });
}

/** The graph of the strongest pairs; its table is the whole list behind it, in its order. */
export function graphPicture(
  title: string,
  find: () => SVGSVGElement,
  look: () => { readonly grid: HeadGrid; readonly rows: PairRows; readonly places: Iterable<number> },
): Picture {
  return elementPicture(title, find, () => {
    const { grid, rows, places } = look();
    return pairTable(grid, rows, places);
  });
}

/** Pairs as rows of a table: writer, reader, value, and what chance says of it. */
export function pairTable(grid: HeadGrid, rows: PairRows, places: Iterable<number>) {
  return {
    header: ['writer', 'reader', 'value', 'p', 'q'],
    rows: Array.from(places, (at) => [
      headName(grid, rows.writer[at]!),
      headName(grid, rows.reader[at]!),
      ...[rows.value[at]!, rows.p[at]!, rows.q[at]!],
    ]),
  };
}
