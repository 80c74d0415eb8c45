import { type ColourScale, coloursOf, placeOf } from './colour-scale.js';
import { shownValue } from './figure-text.js';
import type { Box, Mark } from './marks.js';
import { valueTicks } from './ticks.js';

/** What would be seen by chance, as it is marked on a scale of colours. */
export interface ChanceLevel {
  readonly median: number;
  /** The band from `low` to `high` holds `share` of what chance gives. */
  readonly low: number;
  readonly high: number;
  readonly share: number;
  /** What chance was taken from, such as `anti-causal pairs`. */
  readonly of: string;
}

const size = 28;

/**
 * A scale of colours from bottom to top, with names of values on its right and, on its left, a bracket over what chance
 * gives, with a notch at its median.
 */
export function drawColourBar(scale: ColourScale, box: Box, chance?: ChanceLevel): Mark[] {
  const colours = coloursOf(scale);
  const levels = colours.length - 1;
  const place = (value: number) => Math.round(box.y + box.height * (1 - placeOf(scale, value)));
  const right = box.x + box.width;
  const ticks = ticksOf(scale, place, box.height);
  const marks: Mark[] = [
    {
      kind: 'image',
      box,
      columns: 1,
      rows: levels,
      pixels: Uint8Array.from({ length: levels }, (_, row) => levels + 1 - row),
      colours,
    },
    { kind: 'box', box, ink: 'text', edge: 2 },
    {
      kind: 'rules',
      ink: 'text',
      width: 2,
      lines: ticks.map(({ value }) => [right, place(value), right + 8, place(value)] as const),
    },
    ...ticks.map(
      ({ value, label }): Mark => ({
        kind: 'text',
        content: label,
        x: right + 16,
        y: place(value) + 10,
        size,
        bold: false,
        anchor: 'start',
      }),
    ),
  ];
  // Where the scale bends, another share of the values begins.
  const bends = scale.places?.slice(1, -1) ?? [];
  if (bends.length > 0) {
    const lines = bends.map(([value]) => [box.x, place(value), right, place(value)] as const);
    marks.push({ kind: 'rules', ink: 'paper', width: 3, lines });
  }
  if (chance === undefined) return marks;
  const [top, middle, bottom] = [place(chance.high), place(chance.median), place(chance.low)];
  const left = box.x - 24;
  marks.push({
    kind: 'rules',
    ink: 'text',
    width: 4,
    lines: [
      [left, top, left, Math.max(bottom, top + 2)],
      [left, top, left + 12, top],
      [left, bottom, left + 12, bottom],
      [left - 8, middle, box.x, middle],
    ],
  });
  return marks;
}

/** Values to be named: so many as have room, between any two bends of the scale. */
function ticksOf(
  { low, high, places }: ColourScale,
  place: (value: number) => number,
  height: number,
): { readonly value: number; readonly label: string }[] {
  const ends = places?.map(([value]) => value) ?? [low, high];
  const kept: { value: number; label: string }[] = [];
  for (let at = 1; at < ends.length; at++) {
    const [from, to] = [ends[at - 1]!, ends[at]!];
    const room = ends.length === 2 ? height : Math.abs(place(to) - place(from));
    const ticks = valueTicks(from, to, Math.max(2, Math.min(10, Math.floor(room / 70))));
    kept.push(
      ...ticks.filter(({ value }) =>
        kept.every((other) => Math.abs(place(other.value) - place(value)) > size + 4),
      ),
    );
  }
  return kept;
}

/** The legend of the bracket. */
export function describeChance({ median, low, high, share, of }: ChanceLevel): string[] {
  return [
    `[ chance: median ${shownValue(median, high)};`,
    `${Math.round(100 * share)} % of ${of}`,
    `between ${shownValue(low, high)} and ${shownValue(high)}`,
  ];
}
