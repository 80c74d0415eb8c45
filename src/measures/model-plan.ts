/** Measures of pairs of heads, in the order of the table. */
export const pairMeasureNames = [
  'z_score',
  'mismatch_ratio',
  'qk_ov_match',
  'k_composition',
  'q_composition',
  'v_composition',
] as const;

/** Measures of one head, in the order of the table. */
export const headMeasureNames = ['wte_ov_match', 'copying_score'] as const;

export type PairMeasureName = (typeof pairMeasureNames)[number];
export type HeadMeasureName = (typeof headMeasureNames)[number];
export type ModelMeasureName = PairMeasureName | HeadMeasureName;

/** Every measure that any model has. */
export const modelMeasureNames: readonly ModelMeasureName[] = [...pairMeasureNames, ...headMeasureNames];

/** Whether some of the measures read the matrices of the vocabulary, and not attention alone. */
export function needVocabulary(measures: readonly ModelMeasureName[]): boolean {
  return measures.some(
    (name) => name === 'mismatch_ratio' || (headMeasureNames as readonly string[]).includes(name),
  );
}

/** What is measured of a model, the same for every checkpoint. */
export interface ModelPlan {
  readonly measures: readonly ModelMeasureName[];
  readonly ranks: readonly number[];
  readonly relPos: readonly number[];
  /** Whether gains and means of the norms before attention are folded into the weights first. */
  readonly foldNorm: boolean;
}

/** Which end of a measure's values means that a pair composes strongly. */
export function strongestEnd(measure: string): 'highest' | 'lowest' {
  return measure === 'mismatch_ratio' ? 'lowest' : 'highest';
}
