/** Colours of heat maps: 256 of them, packed as a canvas stores its pixels. */
export type ColourMap = Uint32Array;

/**
 * Diverging maps run from blue through the page's own paper to orange, which every kind of colour blindness tells apart
 * (Okabe and Ito's pair); their ends are equally far from the paper in lightness, so that neither sign looks larger.
 */
const stops = {
  light: {
    diverging: ['#08417a', '#2f7fbf', '#9fc8e6', '#ffffff', '#f6c48f', '#d9741a', '#853d00'],
    sequential: ['#ffffff', '#cfe3f3', '#86bbe0', '#3b8bc6', '#0b5fa0', '#083a66'],
  },
  dark: {
    diverging: ['#b5defc', '#56a8e0', '#28577c', '#1a1e23', '#7a4a1c', '#e08b35', '#ffd9a6'],
    sequential: ['#1a1e23', '#1f405c', '#2b6a9c', '#4b9bd6', '#93cbf3', '#e2f2fd'],
  },
} as const;

export type Palette = keyof (typeof stops)['light'];

const made = new Map<string, ColourMap>();

/** The colours of a palette from its lowest to its highest value. */
export function colourMap(palette: Palette, dark: boolean): ColourMap {
  const name = `${palette} ${dark}`;
  let map = made.get(name);
  if (map === undefined) {
    map = interpolated(stops[dark ? 'dark' : 'light'][palette]);
    made.set(name, map);
  }
  return map;
}

/** The palette as a CSS gradient from left to right, for its scale. */
export function gradient(palette: Palette, dark: boolean): string {
  return `linear-gradient(to right, ${stops[dark ? 'dark' : 'light'][palette].join(', ')})`;
}

function interpolated(colours: readonly string[]): ColourMap {
  const channels = colours.map((colour) =>
    [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
  );
  return Uint32Array.from({ length: 256 }, (_, at) => {
    const place = (at / 255) * (colours.length - 1);
    const below = Math.min(Math.floor(place), colours.length - 2);
    const [red, green, blue] = [0, 1, 2].map((channel) => {
      const from = channels[below]![channel]!;
      return Math.round(from + (place - below) * (channels[below + 1]![channel]! - from));
    });
    // Canvases are little-endian RGBA on every machine that has WebAssembly.
    return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
  });
}

/**
 * Paints a matrix, one pixel an entry.
 * @param low value of the first colour   @param high of the last; values beyond take the nearest colour
 */
export function paint(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  { rows, cols, low, high, colours }: PaintOptions,
): void {
  if (canvas.width !== cols) canvas.width = cols;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(cols, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = high > low ? 255 / (high - low) : 0;
  for (let at = 0; at < pixels.length; at++) {
    const place = Math.round((values[at]! - low) * scale);
    pixels[at] = colours[place < 0 ? 0 : place > 255 ? 255 : place]!;
  }
  context.putImageData(image, 0, 0);
}

/** What `paint` needs beside the values. */
export interface PaintOptions {
  readonly rows: number;
  readonly cols: number;
  readonly low: number;
  readonly high: number;
  readonly colours: ColourMap;
}
