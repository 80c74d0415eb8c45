import type { EditResult } from '../../causal/summary.js';
import { drawColourBar } from '../colour-bar.js';
import { type ColourScale, coloursOf, isDark, pixelOf } from '../colour-scale.js';
import type { Figure } from '../dynamics.js';
import { shownValue, textAt } from '../figure-text.js';
import type { Box, Mark } from '../marks.js';
import { shortenedText, textWidth } from '../text-width.js';
import { stepLabel } from '../ticks.js';
import type { ShownError } from './results.js';

/** Errors of models put together from two steps of one run. */
export interface TransplantMap {
  /** Name of the run. */
  readonly setting: string;
  /** What the error is. */
  readonly error: string;
  /** What comes from step A: a layer, with the embedding or without. */
  readonly part: string;
  /** In increasing order, of both axes. */
  readonly steps: readonly number[];
  /** B·steps + A: the error of the model of step B with the part of step A; NaN where it was not tried. */
  readonly errors: Float64Array;
}

/** The maps that transplants of whole layers make, one for each part: layer 0 alone, layer 0 with the embedding, … */
export function transplantMapsOf(
  results: readonly EditResult[],
  setting: string,
  { measure, name }: ShownError,
): TransplantMap[] {
  const parts = new Map<string, { into: number; from: number; error: number }[]>();
  for (const { edit, step, judgement } of results) {
    if (edit.kind !== 'transplant' || edit.part.kind !== 'layer' || step === null) continue;
    const { layer, embedding } = edit.part;
    const part = embedding ? `embedding and layer ${layer}` : `layer ${layer}`;
    const cells = parts.get(part) ?? [];
    cells.push({ into: step, from: edit.step, error: judgement[measure] ?? Number.NaN });
    parts.set(part, cells);
  }
  return [...parts].flatMap(([part, cells]) => {
    const steps = [...new Set(cells.flatMap(({ into, from }) => [into, from]))].sort((a, b) => a - b);
    if (steps.length < 2) return [];
    const place = new Map(steps.map((step, at) => [step, at]));
    const errors = new Float64Array(steps.length ** 2).fill(Number.NaN);
    for (const { into, from, error } of cells) {
      errors[place.get(into)! * steps.length + place.get(from)!] = error;
    }
    return [{ ...{ setting, part, steps, errors }, error: name }];
  });
}

const left = 180;
const top = 170;
const right = 260;
const bottom = 180;

/** Errors are shares: every map has the same scale. */
const scale: ColourScale = { kind: 'sequential', low: 0, high: 1 };

/**
 * The transplant map: the error of every combination of two steps as a heat map, A to the right and B upwards; the models as
 * they were trained lie on the diagonal, which is framed.
 */
export function drawTransplantMap({ setting, error, part, steps, errors }: TransplantMap): Figure {
  const count = steps.length;
  const cell = Math.max(6, Math.floor(1100 / count));
  const plot: Box = { x: left, y: top, width: count * cell, height: count * cell };
  const width = left + plot.width + right;
  const pixels = new Uint8Array(count * count);
  errors.forEach((value, at) => {
    const into = Math.floor(at / count);
    pixels[(count - 1 - into) * count + (at % count)] = pixelOf(scale, value);
  });
  const column = (from: number) => plot.x + from * cell;
  const row = (into: number) => plot.y + (count - 1 - into) * cell;
  const marks: Mark[] = [
    textAt('Do the layers learn the bridge together?', 40, 58, { size: 40, bold: true }),
    textAt(shortenedText(`${error} · ${setting}`, 30, width - 80), 40, 106),
    { kind: 'image', box: plot, columns: count, rows: count, pixels, colours: coloursOf(scale) },
    { kind: 'box', box: plot, ink: 'text', edge: 2 },
    ...steps.map((_, at): Mark => {
      const box = { x: column(at), y: row(at), width: cell, height: cell };
      return { kind: 'box', box, ink: 'second', edge: 4 };
    }),
    ...drawSteps(steps, cell, plot),
    ...drawErrors(errors, count, cell, column, row),
    textAt(`${part} of step A →`, plot.x, plot.y + plot.height + 100),
    textAt('framed: as they were trained', plot.x, plot.y + plot.height + 144, { size: 26 }),
    textAt('↑ the rest of step B', plot.x, plot.y - 18),
    ...drawColourBar(scale, { x: plot.x + plot.width + 60, y: top, width: 40, height: plot.height }),
  ];
  return {
    title: `${setting}: ${error} with ${part} of other steps`,
    ...{ width, height: top + plot.height + bottom },
    panels: [{ x: 0, width, marks }],
  };
}

function drawSteps(steps: readonly number[], cell: number, plot: Box): Mark[] {
  const size = 26;
  const widest = steps.reduce((most, step) => Math.max(most, textWidth(stepLabel(step), size)), 0);
  const every = Math.max(1, Math.ceil((widest + 14) / cell));
  const everyRow = Math.max(1, Math.ceil((1.3 * size) / cell));
  return steps.flatMap((step, at): Mark[] => {
    const middle = (at + 0.5) * cell;
    const label = stepLabel(step);
    return [
      ...(at % every === 0
        ? [textAt(label, plot.x + middle, plot.y + plot.height + 38, { size, anchor: 'middle' })]
        : []),
      ...(at % everyRow === 0
        ? [textAt(label, plot.x - 14, plot.y + plot.height - middle + 9, { size, anchor: 'end' })]
        : []),
    ];
  });
}

function drawErrors(
  errors: Float64Array,
  count: number,
  cell: number,
  column: (from: number) => number,
  row: (into: number) => number,
): Mark[] {
  const size = 22;
  if (cell < 1.2 * textWidth('0.00', size)) return [];
  return [...errors].map((value, at) =>
    textAt(shownValue(value), column(at % count) + cell / 2, row(Math.floor(at / count)) + cell / 2 + 8, {
      size,
      anchor: 'middle',
      ink: isDark(scale, value) ? 'paper' : 'text',
    }),
  );
}
