import type { Points } from './decimate.js';
import type { InkName } from './ink.js';

/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A filled rectangle, or its edge. */
export interface BoxMark {
  readonly kind: 'box';
  readonly box: Box;
  readonly ink: InkName;
  /** Width of the edge, half inside and half outside of the box; without it the box is filled. */
  readonly edge?: number;
}

/** Level and upright lines, each `[x0, y0, x1, y1]` with x0 ≤ x1 and y0 ≤ y1, with flat ends. */
export interface RulesMark {
  readonly kind: 'rules';
  readonly lines: readonly (readonly [number, number, number, number])[];
  readonly ink: InkName;
  readonly width: number;
  /** Lengths of a dash and of the gap after it. */
  readonly dashes?: readonly [number, number];
}

/** A polyline with round joins and ends; NaN heights are gaps. */
export interface CurveMark {
  readonly kind: 'curve';
  readonly points: Points;
  readonly ink: InkName;
  readonly width: number;
}

/** A disc on every point. */
export interface DotsMark {
  readonly kind: 'dots';
  readonly points: Points;
  readonly ink: InkName;
  readonly diameter: number;
}

/** What lies between two lines over the same x, which increase by at least a pixel in all. */
export interface AreaMark {
  readonly kind: 'area';
  readonly x: Float64Array;
  /** Upper and lower edge: heights in pixels, so `top` ≤ `bottom`. */
  readonly top: Float64Array;
  readonly bottom: Float64Array;
  readonly ink: InkName;
}

/** Text whose baseline begins, has its middle, or ends at (x, y). */
export interface TextMark {
  readonly kind: 'text';
  readonly content: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold: boolean;
  readonly anchor: 'start' | 'middle' | 'end';
  /** `text` unless given. */
  readonly ink?: InkName;
}

/** A picture of cells in numbered colours, such as a heat map, stretched over a box without smoothing. */
export interface ImageMark {
  readonly kind: 'image';
  readonly box: Box;
  readonly columns: number;
  readonly rows: number;
  /** rows × columns, row-major, from the top: 0 is clear, n is the n-th colour. */
  readonly pixels: Uint8Array;
  /** As `#rrggbb`; at most 255. */
  readonly colours: readonly string[];
}

/**
 * What figures are made of, painted in order: few enough kinds that SVG, PDF and pixels are each drawn from them
 * directly.
 */
export type Mark = BoxMark | RulesMark | CurveMark | DotsMark | AreaMark | TextMark | ImageMark;
