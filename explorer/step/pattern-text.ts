import type { HeadPattern } from '../../src/step/head-patterns.js';
import { percent } from './numbers.js';

/** The two scores of a head on a sequence, as they stand below its map of attention. */
export function patternText({ previous, induction }: HeadPattern): string {
  const parts = [`previous token ${percent(previous)}`];
  if (induction !== null) parts.push(`induction ${percent(induction)}`);
  return parts.join(' · ');
}
