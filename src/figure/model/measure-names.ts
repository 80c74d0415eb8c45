/** What figures call a measure of heads or pairs of heads. */
export interface MeasureName {
  readonly title: string;
  /** Whether values have a sign, so that zero is a colour of its own. */
  readonly signed?: true;
}

const names: Readonly<Record<string, MeasureName>> = {
  z_score: { title: 'Diagonal z-score', signed: true },
  qk_ov_match: { title: 'QK–OV match' },
  mismatch_ratio: { title: 'Token mismatch ratio' },
  k_composition: { title: 'K-composition' },
  q_composition: { title: 'Q-composition' },
  v_composition: { title: 'V-composition' },
  wte_ov_match: { title: 'Embedding–OV match' },
  copying_score: { title: 'Copying score', signed: true },
  previous_token: { title: 'Previous-token score' },
  induction: { title: 'Induction score' },
  duplicate_token: { title: 'Duplicate-token score' },
};

/** The name of a measure; of an unknown one, its own without underscores. */
export function measureName(measure: string): MeasureName {
  return Object.hasOwn(names, measure) ? names[measure]! : { title: measure.replaceAll('_', ' ') };
}
