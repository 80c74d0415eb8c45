import { availableParallelism } from 'node:os';
import { UsageError } from '../errors.js';
import { didYouMean } from '../run/nearest-name.js';

/** Longest list an option may ask for: a typing error such as 0:1e9 should not fill the memory. */
const longestList = 100_000;

/**
 * Reads a comma-separated list of whole numbers and ranges `from:to:by` (both ends included, `by` 1 unless given).
 * Doubles are dropped, the order is kept.
 * @param option named in an error
 * @throws UsageError when it is no such list
 */
export function integerList(text: string, option: string): number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const { from, to, by } = rangeOf(part.trim(), option, text);
    for (let value = from; value <= to; value += by) {
      values.add(value);
      if (values.size > longestList)
        throw new UsageError(`${option} ${text}: more than ${longestList} numbers`);
    }
  }
  return [...values];
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly by: number;
}

function rangeOf(part: string, option: string, text: string): Range {
  const bounds = part.split(':').map((word) => (/^[-+]?\d{1,10}$/.test(word) ? Number(word) : Number.NaN));
  const [from = Number.NaN, to = from, by = 1] = bounds;
  if (bounds.length > 3 || bounds.some(Number.isNaN)) {
    throw new UsageError(
      `${option} ${JSON.stringify(text)}: expected whole numbers and ranges such as 5,10 or 0:2000:200, found ${JSON.stringify(part)}`,
    );
  }
  if (by < 1 || to < from) {
    throw new UsageError(
      `${option} ${JSON.stringify(text)}: the range ${part} is empty; write from:to:by with from ≤ to and by ≥ 1`,
    );
  }
  return { from, to, by };
}

/** Steps to keep: `all`, or a list as `integerList` reads it. */
export function stepFilter(text: string): (step: number) => boolean {
  if (text === 'all') return () => true;
  // Ranges stay ranges, since 0:1000000000 is a fair way to say "from 0 on".
  const ranges = text.split(',').map((part) => rangeOf(part.trim(), '--steps', text));
  return (step) => ranges.some(({ from, to, by }) => step >= from && step <= to && (step - from) % by === 0);
}

/** The end of what `--steps` asks for, where training is taken to end; infinity for `all`. @throws UsageError */
export function endOfSteps(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  const ends = text.split(',').map((part) => rangeOf(part.trim(), '--steps', text).to);
  return ends.reduce((last, end) => Math.max(last, end));
}

/**
 * Reads a comma-separated list of words out of a fixed choice.
 * @throws UsageError naming the first word that is not one of them, and the nearest that is
 */
export function wordList<Word extends string>(text: string, choice: readonly Word[], option: string): Word[] {
  const words = [...new Set(text.split(',').map((word) => word.trim()))];
  for (const word of words) {
    if (!(choice as readonly string[]).includes(word)) {
      throw new UsageError(
        `${option}: ${JSON.stringify(word)} is not one of ${choice.join(', ')}${didYouMean(word, choice)}`,
      );
    }
  }
  return words as Word[];
}

/** Reads a whole number within bounds. @throws UsageError */
export function integer(text: string, option: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^[-+]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new UsageError(`${option}: expected a whole number ${bounds}, found ${JSON.stringify(text)}`);
  }
  return value;
}

/** Reads `--jobs`: the available cores unless given. @throws UsageError */
export function jobsOf(text: string | undefined): number {
  return text === undefined ? availableParallelism() : integer(text, '--jobs', 1, 256);
}
