import {
  isStrongPlace,
  placeOfValue,
  type Strength,
  strengthPlaces,
  type ValuePlaces,
} from '../../src/figure/value-places.js';
import { colourMap, type Palette } from '../step/colour-map.js';

/** How values become colours. */
export interface ColourScale {
  readonly palette: Palette;
  readonly low: number;
  readonly high: number;
  /** Where values stand among the colours; evenly from `low` to `high` unless given. */
  readonly places?: ValuePlaces;
}

/** The scale of a measure of many pairs, as static figures have it: half of the colours are for the few that are strong. */
export function pairScale(values: Float64Array, strength: Strength): ColourScale {
  const places = strengthPlaces(values, strength);
  if (places === undefined) return scaleOf(values, false);
  const { palette, low, high } = scaleOf(values, strength.signed);
  return { palette, low, high, places };
}

/** Whether a value is one of these few. */
export function isStrong(scale: ColourScale, value: number): boolean {
  const { places, palette } = scale;
  return places !== undefined && isStrongPlace(places, palette === 'diverging', placeOfValue(places, value));
}

/** From the smallest to the largest value; around zero for a signed measure that has both signs. */
export function scaleOf(values: ArrayLike<number>, signed: boolean): ColourScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { palette: 'sequential', low: 0, high: 1 };
  if (signed && high <= 0 && low < high) {
    // The most negative is the strongest.
    return {
      ...{ palette: 'sequential', low, high },
      places: [
        [low, 1],
        [high, 0],
      ],
    };
  }
  if (!signed || low >= 0) return { palette: 'sequential', low, high };
  const end = Math.max(Math.abs(low), Math.abs(high));
  return { palette: 'diverging', low: -end, high: end };
}

/** A value's place among the colours of a map. */
export function colourIndex({ low, high, places }: ColourScale, value: number): number {
  const share =
    places !== undefined ? placeOfValue(places, value) : high > low ? (value - low) / (high - low) : 0.5;
  return Math.max(0, Math.min(255, Math.round(share * 255)));
}

/** A value's colour for CSS. */
export function cssColour(scale: ColourScale, value: number, dark: boolean): string {
  const pixel = colourMap(scale.palette, dark)[colourIndex(scale, value)]!;
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}

/** Whether text on a value's colour must be light. */
export function isDarkColour(scale: ColourScale, value: number, dark: boolean): boolean {
  const pixel = colourMap(scale.palette, dark)[colourIndex(scale, value)]!;
  return 0.299 * (pixel & 255) + 0.587 * ((pixel >> 8) & 255) + 0.114 * ((pixel >> 16) & 255) < 140;
}
