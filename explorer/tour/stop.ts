import type { FollowedToken } from '../state/view.js';

/** A stop of the tour: what to look at, when, and why. */
export interface Stop {
  readonly title: string;
  /** What is told; a promise where checkpoints must be opened for it. */
  readonly story: Story | Promise<Story>;
  /** What it is about, as a CSS selector: the card stands beside it. */
  readonly subject: string;
  readonly step: number | undefined;
  /** The runs shown; all others are switched off. */
  readonly runs: readonly string[];
  /** What the opened step is compared with, as `View.pin`. */
  readonly pin?: string;
  /** What the opened step is shown, as `View.sequence`; for stops about the opened step. */
  readonly sequence?: string;
}

/** The words of a stop. */
export interface Story {
  readonly text: string;
  /** Tokens to follow in the opened step, each by a button; the first one at once. */
  readonly trace?: readonly { readonly label: string; readonly token: FollowedToken }[];
}
