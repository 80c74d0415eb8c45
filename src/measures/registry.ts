import { estimatedRank } from './estimated-rank.js';
import type { Measure } from './measure.js';
import { mismatchRatio } from './mismatch-ratio.js';
import { positionCoefficient } from './position-coefficient.js';
import { qkOvMatch } from './qk-ov-match.js';
import { wteOvMatch } from './wte-ov-match.js';
import { zScore } from './z-score.js';

/** Every measure of a checkpoint, in the order of the table. */
export const measures: readonly Measure[] = [
  zScore,
  mismatchRatio,
  qkOvMatch,
  wteOvMatch,
  positionCoefficient,
  estimatedRank,
];
