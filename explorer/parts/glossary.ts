/** Terms of the paper, each in one or two sentences. */
export const glossary = {
  ID: 'In distribution: test sequences made like those of training, with tokens of the same frequencies and, where there is a pool, its patterns.',
  OOD: 'Out of distribution: uniform tokens, patterns longer than any in training, none from a pool. Only the rule “copy what followed last time” gets them right.',
  QK: 'Query and key weights of an attention head: which tokens it attends to. W_QK(t) = W_qᵀ R(t) W_k / √d_head, with the rotation R(t) for relative position t.',
  OV: 'Output and value weights of an attention head: what it writes when it attends. W_OV = W_o W_v.',
  QKOV: 'The OV circuit of an earlier layer seen through the QK circuit of a later one: W_QKOV = W_QK W_OV. When it acts like the identity, the later layer looks for the token that the earlier one wrote.',
  wte: 'Word token embedding: the matrix E whose row i is the vector of token i.',
  'principal angles':
    'How two subspaces lie to each other: the first angle is the smallest between any two of their vectors, and so on. A cosine of 1 means a shared direction.',
  rank: 'How many of the strongest singular directions of each matrix make up the subspaces that are compared.',
  'relative position':
    't in the rotation R(t): the score of a query at position 0 with a key at position t. A key in the past has a negative t.',
  'random baseline':
    'What two independent random subspaces of the same dimension score: the dashed line is their mean, the band holds 90 % of them.',
} as const satisfies Record<string, string>;

export type GlossaryTerm = keyof typeof glossary;
