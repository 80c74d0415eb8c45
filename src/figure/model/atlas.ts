import { type HeadGrid, headName, layerOfHead } from '../../model/heads.js';
import { type ChanceLevel, describeChance, drawColourBar } from '../colour-bar.js';
import { type ColourScale, coloursOf, isDark, isStrong, pairScale, pixelOf } from '../colour-scale.js';
import type { Figure } from '../dynamics.js';
import { shownProbability, shownValue, textAt } from '../figure-text.js';
import type { Box, Mark } from '../marks.js';
import { shortenedText, textWidth } from '../text-width.js';

/** One measure of all pairs of heads of a model. */
export interface PairAtlas {
  /** Name of the model or run. */
  readonly setting: string;
  /** Plain name of the measure. */
  readonly measure: string;
  /** What it was measured with, such as rank, relative position and step. */
  readonly details: string;
  readonly grid: HeadGrid;
  /** reader·heads + writer over all heads of the model; NaN where there is no value. Only causal pairs are drawn. */
  readonly values: Float64Array;
  /** Whether values have a sign. */
  readonly signed: boolean;
  /** Which end of the values means a strong pair. */
  readonly strongest: 'highest' | 'lowest';
  readonly chance?: ChanceLevel | undefined;
  /** How many of the strongest pairs have values of their own, where the others have the median of the heads of their layers. */
  readonly strong?: number | undefined;
  /** Benjamini–Hochberg q-values, laid out as the values. */
  readonly q?: Float64Array | undefined;
}

/** A pair and its place in the values. */
interface RankedPair {
  readonly writer: number;
  readonly reader: number;
  readonly at: number;
}

const left = 170;
const top = 150;
const bottom = 140;
const sideWidth = 590;
/** Pairs that are named. */
const named = 12;

/** Cells of the strongest pairs are at least so many units wide: a single unit is lost in print. */
const dot = 3;

/** The unit of the picture, in pixels: cells are whole units, and one is between layers. */
const unit = 2;

/**
 * The atlas: a heat map of writers by readers, every head of a layer beside the others of its layer, lines between layers,
 * the strongest pairs numbered and listed, what chance gives marked on the scale.
 */
export function drawAtlas(atlas: PairAtlas): Figure {
  const { grid, values } = atlas;
  const scale = pairScale(causalValues(grid, values), atlas);
  const cells = cellUnits((grid.layers - 1) * grid.heads);
  const block = cells * grid.heads + 1;
  const units = block * (grid.layers - 1) + 1;
  const size = units * unit;
  const plot: Box = { x: left, y: top, width: size, height: size };
  const place = placesOf(grid, cells, plot);
  const strongest = strongestPairs(atlas);
  const side = left + size + 86;
  const width = side + sideWidth;
  const marks: Mark[] = [
    ...titleOf(atlas, width),
    {
      ...{ kind: 'image', box: plot, columns: units, rows: units },
      ...{ pixels: paintCells(atlas, scale, cells, units), colours: coloursOf(scale) },
    },
    ...drawLayerLines(grid, block * unit, plot),
    ...drawLayerNames(grid, block * unit, plot, hasHeadNames(cells * unit)),
    ...drawHeadNames(grid, place, cells * unit, plot),
    ...drawNumbers(strongest, atlas, scale, place, cells * unit, plot),
    textAt(atlas.measure, side, top + 24, { bold: true }),
    ...drawColourBar(scale, { x: side + 24, y: top + 60, width: 44, height: 420 }, atlas.chance),
    ...[
      ...(atlas.chance === undefined ? [] : [...describeChance(atlas.chance), '']),
      ...describeScale(atlas, scale, cells),
    ].map((line, at) => textAt(line, side + 200, top + 84 + 36 * at, { size: 26 })),
    ...drawList(atlas, strongest, side, top + 560),
  ];
  return {
    title: `${atlas.setting}: ${atlas.measure} of all pairs of heads, ${atlas.details}`,
    ...{ width, height: Math.max(top + size + bottom, top + 700 + 42 * strongest.length) },
    panels: [{ x: 0, width, marks }],
  };
}

/** What the colours beyond the bend of a scale are for, and what the others are of. */
function describeScale({ strong }: PairAtlas, { places }: ColourScale, cells: number): string[] {
  if ((places?.length ?? 0) < 3) return [];
  const wide = cells < dot ? [`drawn ${dot} cells wide`] : [];
  if (strong === undefined) return ['beyond the line: the', 'strongest hundredth', ...wide];
  return [
    'beyond the line: the',
    `${strong} strongest pairs${wide.length > 0 ? ',' : ''}`,
    ...wide,
    'else the median of',
    'the heads of two layers',
  ];
}

function* causalValues(grid: HeadGrid, values: Float64Array): Generator<number> {
  for (const { at } of causalPairs(grid)) yield values[at]!;
}

/** All pairs whose writer is in an earlier layer than the reader. */
function* causalPairs(grid: HeadGrid): Generator<RankedPair> {
  const total = grid.layers * grid.heads;
  for (let reader = grid.heads; reader < total; reader++) {
    const writers = layerOfHead(grid, reader) * grid.heads;
    for (let writer = 0; writer < writers; writer++) {
      yield { writer, reader, at: reader * total + writer };
    }
  }
}

/** Units of a cell's side: as large as some 1500 pixels allow for these heads, and no larger than looks well. */
function cellUnits(heads: number): number {
  return Math.max(1, Math.min(100, Math.round(1500 / heads / unit)));
}

function paintCells(
  { grid, values }: PairAtlas,
  scale: ColourScale,
  cells: number,
  units: number,
): Uint8Array {
  const pixels = new Uint8Array(units * units);
  const place = placesOf(grid, cells, { x: 0, y: 0, width: units * unit, height: units * unit });
  const strong: RankedPair[] = [];
  for (const pair of causalPairs(grid)) {
    const { writer, reader, at } = pair;
    if (cells < dot && isStrong(scale, values[at]!)) strong.push(pair);
    const pixel = pixelOf(scale, values[at]!);
    const start = (place.row(reader) * units + place.column(writer)) / unit;
    for (let row = 0; row < cells; row++) {
      pixels.fill(pixel, start + row * units, start + row * units + cells);
    }
  }
  // The strongest come last, above their neighbours.
  const strength = ({ at }: RankedPair) => Math.abs(pixelOf(scale, values[at]!) - middle(scale));
  strong.sort((a, b) => strength(a) - strength(b));
  const room = Math.floor((dot - cells) / 2);
  for (const { writer, reader, at } of strong) {
    const left = Math.max(1, place.column(writer) / unit - room);
    const first = Math.max(1, place.row(reader) / unit - room);
    for (let row = first; row < Math.min(units, first + dot); row++) {
      const start = row * units + left;
      pixels.fill(pixelOf(scale, values[at]!), start, Math.min(start + dot, (row + 1) * units));
    }
  }
  return pixels;
}

/** The pixel of what is weakest. */
function middle({ kind, low }: ColourScale): number {
  return kind === 'diverging' ? pixelOf({ kind, low, high: -low }, 0) : 2;
}

interface Places {
  /** Left side of a writer's column. */
  column(writer: number): number;
  /** Upper side of a reader's row. */
  row(reader: number): number;
}

/** Writers of all layers but the last go right, readers of all but the first go up. */
function placesOf({ heads }: HeadGrid, cells: number, plot: Box): Places {
  const along = (index: number) => index * cells + Math.floor(index / heads) + 1;
  return {
    column: (writer) => plot.x + unit * along(writer),
    row: (reader) => plot.y + plot.height - unit * (along(reader - heads) + cells),
  };
}

/** The strongest pairs, strongest first: a dozen, or an eighth of a small model's. */
function strongestPairs({ grid, values, strongest }: PairAtlas): RankedPair[] {
  const { layers, heads } = grid;
  const most = Math.min(named, Math.max(3, Math.floor((layers * (layers - 1) * heads * heads) / 16)));
  const sign = strongest === 'highest' ? 1 : -1;
  const found: RankedPair[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (const pair of causalPairs(grid)) {
    const strength = sign * values[pair.at]!;
    if (!Number.isFinite(strength) || (found.length === most && strength <= least)) continue;
    const before = found.findIndex(({ at }) => sign * values[at]! < strength);
    found.splice(before === -1 ? found.length : before, 0, pair);
    if (found.length > most) found.pop();
    least = sign * values[found.at(-1)!.at]!;
  }
  return found;
}

/** Lines around each block of a layer's writers and a later layer's readers; the outer ones are dark. */
function drawLayerLines({ layers }: HeadGrid, block: number, plot: Box): Mark[] {
  const inner: [number, number, number, number][] = [];
  const outer: [number, number, number, number][] = [];
  const bottomLine = plot.y + plot.height - unit / 2;
  const x = (layer: number) => plot.x + unit / 2 + layer * block;
  const y = (layer: number) => bottomLine - layer * block;
  for (let at = 0; at < layers; at++) {
    const before = Math.max(0, at - 1);
    inner.push([x(at), plot.y, x(at), y(before)], [plot.x, y(at), x(Math.min(layers - 1, at + 1)), y(at)]);
    if (at > 0) outer.push([x(at), y(at), x(at), y(before)], [x(before), y(before), x(at), y(before)]);
  }
  outer.push([x(0), plot.y, x(0), bottomLine], [plot.x, y(layers - 1), x(layers - 1), y(layers - 1)]);
  return [
    { kind: 'rules', lines: inner, ink: block < 100 ? 'legendEdge' : 'baseline', width: unit },
    { kind: 'rules', lines: outer, ink: 'text', width: unit },
  ];
}

const headNameSize = 22;

/** Whether cells of this side have room for the number of their head. */
function hasHeadNames(cell: number): boolean {
  return cell >= 1.6 * textWidth('00', headNameSize);
}

/** Numbers of heads in their layers, where cells are large enough. */
function drawHeadNames({ layers, heads }: HeadGrid, place: Places, cell: number, plot: Box): Mark[] {
  if (!hasHeadNames(cell)) return [];
  const size = headNameSize;
  return Array.from({ length: (layers - 1) * heads }, (_, at) => {
    const label = String(at % heads);
    const middle = { x: place.column(at) + cell / 2, y: place.row(at + heads) + cell / 2 };
    return [
      textAt(label, middle.x, plot.y + plot.height + 28, { size, anchor: 'middle' }),
      textAt(label, plot.x - 10, middle.y + 8, { size, anchor: 'end' }),
    ];
  }).flat();
}

function drawLayerNames({ layers }: HeadGrid, block: number, plot: Box, beside: boolean): Mark[] {
  const size = 28;
  const every = Math.max(1, Math.ceil((textWidth('00', size) * 1.5) / block));
  const below = plot.y + plot.height;
  const marks: Mark[] = [];
  for (let layer = 0; layer < layers; layer += every) {
    const middle = (layer + 0.5) * block;
    const label = beside ? `layer ${layer}` : String(layer);
    if (layer < layers - 1) {
      marks.push(textAt(label, plot.x + middle, below + 66, { size, anchor: 'middle' }));
    }
    if (layer > 0) {
      marks.push(textAt(label, plot.x - 46, below - middle + block + 10, { size, anchor: 'end' }));
    }
  }
  return [
    ...marks,
    textAt('layer of the head that writes →', plot.x, below + 112),
    textAt('↑ layer of the head that reads', plot.x, plot.y - 20),
  ];
}

/**
 * The pairs' ranks: inside of cells that have room, else beside frames around them, each where it covers neither a frame
 * nor another number.
 */
function drawNumbers(
  pairs: readonly RankedPair[],
  { values }: PairAtlas,
  scale: ColourScale,
  place: Places,
  cell: number,
  plot: Box,
): Mark[] {
  const size = 26;
  if (cell >= 60) {
    return pairs.map(({ writer, reader, at }, rank) =>
      textAt(String(rank + 1), place.column(writer) + cell / 2, place.row(reader) + cell / 2 + 10, {
        ...{ size, bold: true, anchor: 'middle' },
        ink: isDark(scale, values[at]!) ? 'paper' : 'text',
      }),
    );
  }
  const room = Math.max(3, (16 - cell) / 2);
  const frames = pairs.map(
    ({ writer, reader }): Box => ({
      x: place.column(writer) - room,
      y: place.row(reader) - room,
      width: cell + 2 * room,
      height: cell + 2 * room,
    }),
  );
  const taken: Box[] = [...frames];
  const numbers: Mark[] = [];
  frames.forEach((frame, at) => {
    const label = String(at + 1);
    const width = textWidth(label, size, true) + 8;
    const height = 28;
    const box = candidates(frame, width, height).find(
      (other) =>
        other.x >= plot.x &&
        other.x + other.width <= plot.x + plot.width + 60 &&
        other.y >= plot.y &&
        !taken.some((used) => overlap(used, other)),
    );
    if (box === undefined) return;
    taken.push(box);
    numbers.push(
      { kind: 'box', box, ink: 'paper' },
      textAt(label, box.x + width / 2, box.y + 23, { size, bold: true, anchor: 'middle' }),
    );
  });
  return [...frames.map((box): Mark => ({ kind: 'box', box, ink: 'text', edge: 4 })), ...numbers];
}

/** Places for a label around a frame: to its sides first, then above and below, then further away. */
function candidates({ x, y, width, height }: Box, w: number, h: number): Box[] {
  const around = [6, 40, 74].flatMap((gap): [number, number][] => [
    [x + width + gap, y + height / 2 - h / 2],
    [x - gap - w, y + height / 2 - h / 2],
    [x + width / 2 - w / 2, y - gap - h],
    [x + width / 2 - w / 2, y + height + gap],
    [x + width + gap, y - gap - h],
    [x - gap - w, y - gap - h],
    [x + width + gap, y + height + gap],
    [x - gap - w, y + height + gap],
  ]);
  return around.map(([left, upper]) => ({ x: Math.round(left), y: Math.round(upper), width: w, height: h }));
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function titleOf({ setting, measure, details }: PairAtlas, width: number): Mark[] {
  const title = 'Which head reads which?';
  const from = left + textWidth(title, 44, true) + 28;
  return [
    textAt(title, left, 58, { size: 44, bold: true }),
    textAt(shortenedText(`${setting} · ${measure}, ${details}`, 30, width - from - 30), from, 58),
  ];
}

function drawList(
  { grid, values, q }: PairAtlas,
  pairs: readonly RankedPair[],
  x: number,
  y: number,
): Mark[] {
  const header = [
    textAt(pairs.length === 0 ? 'No pair has a value' : 'Strongest pairs', x, y, { bold: true }),
    textAt('writer > reader', x + 54, y + 44, { size: 26 }),
    ...(q === undefined ? [] : [textAt('q', x + 530, y + 44, { size: 26, anchor: 'end' })]),
  ];
  const lines = pairs.flatMap(({ writer, reader, at }, place) => {
    const line = y + 92 + 42 * place;
    return [
      textAt(String(place + 1), x + 34, line, { bold: true, anchor: 'end' }),
      textAt(`${headName(grid, writer)} > ${headName(grid, reader)}`, x + 54, line),
      textAt(shownValue(values[at]!, values[pairs[0]!.at]), x + 390, line, { anchor: 'end' }),
      ...(q === undefined || Number.isNaN(q[at])
        ? []
        : [textAt(shownProbability(q[at]!), x + 530, line, { anchor: 'end' })]),
    ];
  });
  return [...header, ...lines];
}
