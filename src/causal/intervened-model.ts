import type { HeadGrid } from '../model/heads.js';
import type { JudgedTrials } from './judge-trials.js';
import type { ClaimedHeads } from './verdicts.js';

/** What edits of a model did. */
export interface IntervenedModel extends JudgedTrials {
  readonly setting: string;
  readonly grid: HeadGrid;
  /** d. */
  readonly width: number;
  /** The heads that claims speak of, in a study and where claims are held. */
  readonly claimed?: ClaimedHeads;
}
