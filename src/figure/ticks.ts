import { scaleLinear } from 'd3-scale';
import { textWidth } from './text-width.js';

/** A place on an axis; a mark without a name has the label ''. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Where an axis puts its values, in pixels along it. */
export type Place = (value: number) => number;

/** Room between neighbouring labels, in em. */
const gap = 0.7;

/** Only every n-th tick is named when names would collide; these keep the names round. */
const strides = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** A number of steps as the figures name it: 0, 500, 2K, 2.5K, 1M. */
export function stepLabel(step: number): string {
  if (step < 1e3) return String(step);
  if (step < 1e6) return `${step / 1e3}K`;
  if (step < 1e9) return `${step / 1e6}M`;
  return `${step / 1e9}B`;
}

/**
 * Ticks of a linear axis of steps: about ten marks at whole, round steps, named as densely as the names have room.
 * @param from the first and `to` the last step of the axis
 * @param limit labels must end before this pixel
 */
export function stepTicks(from: number, to: number, place: Place, size: number, limit: number): Tick[] {
  const count = Math.max(1, Math.min(10, Math.floor(to - from)));
  const marks = scaleLinear([from, to], [0, 1]).ticks(count).filter(Number.isInteger);
  const spacing = marks.length > 1 ? marks[1]! - marks[0]! : 1;
  return named(marks, (mark) => Math.round(mark / spacing), place, size, limit);
}

/**
 * Ticks of a logarithmic axis of steps, from > 0: 1, 10, 100, … with unnamed marks between them. Ranges that hold fewer
 * than two powers of ten are named at 1, 2, 5 times them or, where that names hardly anything, like a linear axis.
 */
export function logStepTicks(from: number, to: number, place: Place, size: number, limit: number): Tick[] {
  const marks: number[] = [];
  const lowest = Math.floor(Math.log10(from));
  for (let power = lowest; 10 ** power <= to; power++) {
    for (let digit = 1; digit <= 9; digit++) {
      const mark = digit * 10 ** power;
      if (mark >= from && mark <= to) marks.push(mark);
    }
  }
  const isPower = (mark: number) => Number.isInteger(Math.log10(mark));
  const isRound = (mark: number) => /^[125]0*$/.test(String(mark));
  const powers = marks.filter(isPower);
  if (powers.length >= 2) {
    return merged(
      marks,
      named(powers, (power) => Math.log10(power), place, size, limit),
    );
  }
  const round = named(marks.filter(isRound), () => 0, place, size, limit);
  const even = stepTicks(from, to, place, size, limit);
  return countNames(round) >= Math.min(3, countNames(even)) ? merged(marks, round) : even;
}

/** Ticks of a linear axis of values. `count` is about how many. */
export function valueTicks(from: number, to: number, count: number): Tick[] {
  const scale = scaleLinear([from, to], [0, 1]);
  const ticks = scale.ticks(count);
  const format =
    Math.max(Math.abs(from), Math.abs(to)) >= 1e5 ? scale.tickFormat(count, 's') : scale.tickFormat(count);
  return ticks.map((value) => ({ value, label: format(value) }));
}

/** Names the marks whose index is a multiple of the smallest stride at which no two names collide. */
function named(
  marks: readonly number[],
  indexOf: (mark: number) => number,
  place: Place,
  size: number,
  limit: number,
): Tick[] {
  for (const stride of strides) {
    const ticks = marks.map((value) => ({
      value,
      label: indexOf(value) % stride === 0 && fits(value, place, size, limit) ? stepLabel(value) : '',
    }));
    const names = ticks.filter(({ label }) => label !== '');
    const collide = names.some(
      (tick, at) => at > 0 && distance(names[at - 1]!, tick, place, size) < gap * size,
    );
    if (!collide) return ticks;
  }
  return marks.map((value, at) => ({
    value,
    label: at === 0 && fits(value, place, size, limit) ? stepLabel(value) : '',
  }));
}

function countNames(ticks: readonly Tick[]): number {
  return ticks.filter(({ label }) => label !== '').length;
}

function fits(value: number, place: Place, size: number, limit: number): boolean {
  return place(value) + textWidth(stepLabel(value), size) / 2 <= limit;
}

/** Free pixels between two neighbouring names, both centred on their marks. */
function distance(left: Tick, right: Tick, place: Place, size: number): number {
  const widths = textWidth(left.label, size) + textWidth(right.label, size);
  return place(right.value) - place(left.value) - widths / 2;
}

function merged(marks: readonly number[], names: readonly Tick[]): Tick[] {
  const labels = new Map(names.map(({ value, label }) => [value, label]));
  return marks.map((value) => ({ value, label: labels.get(value) ?? '' }));
}
