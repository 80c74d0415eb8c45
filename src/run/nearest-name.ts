import { closest, distance } from 'fastest-levenshtein';

/** The name that `word` misspells: a letter or two away, in a short word one. @returns undefined where there is none */
export function misspelled(word: string, names: readonly string[]): string | undefined {
  const near = closest(word, names);
  if (near === undefined) return undefined;
  const most = Math.min(word.length, near.length) < 5 ? 1 : 2;
  return distance(word, near) <= most || sorted(word) === sorted(near) ? near : undefined;
}

/** Letters in order: two words of the same letters, such as cvs and csv, are one with letters swapped. */
const sorted = (word: string): string => [...word].sort().join('');

/**
 * The name that somebody meant who wrote `word`: one a letter or two away, or the only one that holds the word.
 * @returns undefined where no name is near
 */
function nearestName(word: string, names: readonly string[]): string | undefined {
  const text = word.toLowerCase();
  const holding = text.length < 3 ? [] : names.filter((name) => name.includes(text));
  return misspelled(text, names) ?? (holding.length === 1 ? holding[0] : undefined);
}

/** The end of an error: `; did you mean NAME?`, and nothing where no name is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const near = nearestName(word, names);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
