/** A measure in a reader's words. */
export interface MeasureWords {
  readonly title: string;
  /** One sentence on what a large value means. */
  readonly says: string;
  /** Signed measures are coloured around zero. */
  readonly signed?: true;
}

const words: Readonly<Record<string, MeasureWords>> = {
  z_score: {
    title: 'Diagonal z-score',
    says: 'How much more a token attends to where its own copy was written than to other places.',
    signed: true,
  },
  'qk_ov_match/mean': {
    title: 'QK–OV match (mean cosine)',
    says: 'How far the subspace the reader’s query–key circuit reads coincides with the one the writer writes.',
  },
  'qk_ov_match/largest': {
    title: 'QK–OV match (largest cosine)',
    says: 'The best-aligned direction between what the writer writes and what the reader reads.',
  },
  k_composition: {
    title: 'K-composition',
    says: 'How much of the writer’s output reaches the reader’s keys, by Frobenius norms.',
  },
  q_composition: {
    title: 'Q-composition',
    says: 'How much of the writer’s output reaches the reader’s queries, by Frobenius norms.',
  },
  v_composition: {
    title: 'V-composition',
    says: 'How much of the writer’s output the reader moves on, by Frobenius norms.',
  },
  mismatch_ratio: {
    title: 'Token mismatch ratio',
    says: 'Share of tokens that would rather attend to another token’s copy than to their own.',
  },
  copying_score: {
    title: 'Copying score',
    says: 'Whether the head raises the logit of the token it attends to: 1 copies, −1 suppresses.',
    signed: true,
  },
  previous_token: {
    title: 'Previous-token score',
    says: 'Mean attention to the token just before, on repeated random tokens.',
  },
  induction: {
    title: 'Induction score',
    says: 'Mean attention to the token after the earlier copy of the current one.',
  },
  duplicate_token: {
    title: 'Duplicate-token score',
    says: 'Mean attention to the earlier copy of the current token.',
  },
  'wte_ov_match/mean': {
    title: 'Embedding–OV match (mean cosine)',
    says: 'How far the head writes into the directions that token embeddings use.',
  },
  'wte_ov_match/largest': {
    title: 'Embedding–OV match (largest cosine)',
    says: 'The best-aligned direction between what the head writes and the embeddings.',
  },
  reads: {
    title: 'Strongest pair it reads in',
    says: 'The largest value of the chosen measure over all earlier heads that write.',
  },
  writes: {
    title: 'Strongest pair it writes in',
    says: 'The largest value of the chosen measure over all later heads that read.',
  },
};

/** Words for a measure by its id; its own name where it has none. */
export function wordsOf(id: string): MeasureWords {
  return Object.hasOwn(words, id)
    ? words[id]!
    : { title: id.replace('/', ', ').replaceAll('_', ' '), says: '' };
}
