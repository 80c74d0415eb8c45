import type { Edit } from './edit.js';

/** What an edit is compared with: something as large, but at random. */
export type ControlKind = 'random_heads' | 'random_subspace' | 'random_exchange';

/** One edit to be judged at one step: the thing itself, or a draw of its control. */
export interface Trial {
  readonly edit: Edit;
  /** Null for the thing itself. */
  readonly control: { readonly kind: ControlKind; readonly draw: number } | null;
  /**
   * What the trial is about, so that a control is found with the edit that it stands for: the edit itself, or the one that the
   * control is as large as.
   */
  readonly about: Edit;
}

/** Numbers by name, such as `copy_err_ood` or `prob`; NaN where there are none. */
export type Judgement = Readonly<Record<string, number>>;

/** What came out of a list of trials, in their order. */
export interface JudgedList {
  readonly judgements: readonly Judgement[];
  /** Wrong predictions of each sequence, where sequences are counted one by one: intervals come from them. */
  readonly wrongOfSequence?: readonly (readonly number[])[];
}

/** A trial with what came out. */
export interface Outcome {
  readonly setting: string;
  /** Null for a model that is no step of a series. */
  readonly step: number | null;
  readonly trial: Trial;
  readonly judgement: Judgement;
  /** As of a judged list. */
  readonly wrongOfSequence?: readonly number[];
}

/** The thing itself, without a control. */
export function trialOf(edit: Edit): Trial {
  return { edit, control: null, about: edit };
}
