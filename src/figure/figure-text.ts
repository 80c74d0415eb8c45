import type { InkName } from './ink.js';
import type { TextMark } from './marks.js';

/** How a text stands; by default regular, black, beginning at its place. */
export interface TextStyle {
  readonly size?: number;
  readonly bold?: boolean;
  readonly anchor?: TextMark['anchor'];
  readonly ink?: InkName;
}

/** Size of most text in figures of heads, in pixels at 200 dots an inch. */
export const labelSize = 30;

/** A text whose baseline begins, has its middle, or ends at (x, y). */
export function textAt(
  content: string,
  x: number,
  y: number,
  { size = labelSize, bold = false, anchor = 'start', ink = 'text' }: TextStyle = {},
): TextMark {
  return { kind: 'text', content, x, y, size, bold, anchor, ...(ink !== 'text' && { ink }) };
}

/**
 * A value with as many digits as figures show, and a minus that is as wide as digits.
 * @param largest of the values that stand beside it, which all have the same number of digits
 */
export function shownValue(value: number, largest = value): string {
  if (Number.isNaN(value)) return '–';
  const size = Math.abs(largest);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3;
  const text = value.toFixed(digits);
  // What rounds to zero has no sign.
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** A p- or q-value as text: `.003`, `< .001`. */
export function shownProbability(value: number): string {
  if (value < 0.001) return '< .001';
  return value.toFixed(3).replace(/^0/, '');
}
