/** What stands at a panel, on the page, in a report and in print alike. */
export interface PanelWords {
  /** For a student, of a pair of heads `0.0>1.0`; of no pair where runs have different ones. */
  readonly title: (pair: string | undefined) => string;
  /** For a researcher: the measure's name. */
  readonly name: string;
  /** What is measured, on one line. */
  readonly short: string;
}

/** The words of each panel, by its name. */
export const panelWords = {
  errors: {
    title: (_pair: string | undefined) => 'Does it copy what it has never seen?',
    name: 'test error',
    short: 'share of tokens copied wrongly, ID and OOD',
  },
  z_score: {
    title: (_pair: string | undefined) => 'Does like attend to like?',
    name: 'diagonal z-score',
    short: 'how far the diagonal of QKOV stands out',
  },
  qk_ov_match: {
    title: (pair: string | undefined) =>
      `Does ${layersOf(pair).reader} read what ${layersOf(pair).writer} writes?`,
    name: 'QK–OV match',
    short: 'cosine of what is read and what is written',
  },
  mismatch_ratio: {
    title: (_pair: string | undefined) => 'How many tokens miss themselves?',
    name: 'token mismatch',
    short: 'share of tokens that find another one',
  },
  wte_ov_match: {
    title: (pair: string | undefined) => `Does ${layersOf(pair).writer} write along the embedding?`,
    name: 'wte–OV match',
    short: 'cosine of the embedding and what is written',
  },
} as const satisfies Readonly<Record<string, PanelWords>>;

/** Names of panels in the address bar and in print. */
export type PanelId = keyof typeof panelWords;

/** The question of the page and the report, which follows how many layers its models have. */
export function storyTitle(layers: readonly (number | undefined)[]): string {
  return layers.some((count) => count !== undefined && count > 2)
    ? 'Do later layers read what earlier ones write?'
    : 'Does the second layer read what the first one writes?';
}

/** The layers of a pair, as a question asks for them. */
function layersOf(pair: string | undefined): { readonly writer: string; readonly reader: string } {
  const [, writer, reader] = /^(\d+)\.\d+(?:>(\d+)\.\d+)?$/.exec(pair ?? '') ?? [];
  return {
    writer: writer === undefined ? 'an earlier layer' : `layer ${writer}`,
    reader: reader === undefined ? 'a later layer' : `layer ${reader}`,
  };
}
