import { colourMap, type Palette } from '../step/colour-map.js';

/** How values become colours. */
export interface ColourScale {
  readonly palette: Palette;
  readonly low: number;
  readonly high: number;
}

/** From the smallest to the largest value, or around zero for a signed measure. */
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
  if (!signed) return { palette: 'sequential', low, high };
  const end = Math.max(Math.abs(low), Math.abs(high));
  return { palette: 'diverging', low: -end, high: end };
}

/** A value's colour as a canvas stores it. */
export function colourIndex({ low, high }: ColourScale, value: number): number {
  const share = high > low ? (value - low) / (high - low) : 0.5;
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
