import { inkNames, inks } from '../ink.js';

/** Steps of coverage between nothing and all of a pixel: with 32 of them, edges look as smooth as with 256. */
export const fullCoverage = 32;

type Rgb = readonly [number, number, number];

const rgb = (colour: string): Rgb =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as never;

/** How finely one ink's edge on another is graded; what is not here is rare, and takes the nearest colour there is. */
const grades: readonly (readonly [under: keyof typeof inks, over: keyof typeof inks, steps: number])[] = [
  ['paper', 'text', 32],
  ['paper', 'first', 32],
  ['paper', 'second', 32],
  ['first', 'second', 32],
  ['paper', 'others', 16],
  ['band', 'first', 32],
  ['band', 'others', 8],
  ['others', 'first', 16],
  ['grid', 'first', 16],
  ['grid', 'second', 8],
  ['grid', 'others', 4],
  ['baseline', 'first', 8],
  ['paper', 'baseline', 2],
  ['firstBand', 'first', 8],
  ['paper', 'secondLight', 6],
  ['secondLight', 'second', 4],
  ['secondBand', 'second', 4],
];

function mix(under: Rgb, over: Rgb, share: number): Rgb {
  return under.map((value, at) => Math.round(value + (over[at]! - value) * share)) as never;
}

function makePalette(): readonly Rgb[] {
  const colours = new Map<string, Rgb>();
  const add = (colour: Rgb) => colours.set(colour.join(), colour);
  for (const colour of Object.values(inks)) add(rgb(colour));
  for (const [under, over, steps] of grades) {
    for (let step = 1; step < steps; step++) add(mix(rgb(inks[under]), rgb(inks[over]), step / steps));
  }
  return [...colours.values()];
}

const colours = makePalette();

/** The colours of figures as PNG's PLTE chunk holds them: the inks in their order, then the grades between them. */
export const palette: Uint8Array = Uint8Array.from(colours.flat());

/** Blends that have been asked for: [ink][coverage][colour under it], 0 where not yet, else the colour plus 1. */
const blends = inkNames.map(() => new Uint16Array((fullCoverage + 1) * 256));

/** The colour of a pixel of colour `under` after an ink has covered it partly: the nearest there is. */
export function blend(under: number, ink: number, coverage: number): number {
  const table = blends[ink]!;
  const place = coverage * 256 + under;
  const known = table[place]!;
  if (known !== 0) return known - 1;
  const exact = mix(colours[under]!, colours[ink]!, coverage / fullCoverage);
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  colours.forEach((colour, at) => {
    const distance = colour.reduce((sum, value, channel) => sum + (value - exact[channel]!) ** 2, 0);
    if (distance < least) {
      least = distance;
      nearest = at;
    }
  });
  table[place] = nearest + 1;
  return nearest;
}
