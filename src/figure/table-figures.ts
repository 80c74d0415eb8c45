import { UsageError } from '../errors.js';
import type { Block } from '../series/blocks.js';
import type { Curves } from '../series/curves.js';
import { hasManyPairs, type ModelFigureChoice } from './model/model-figures.js';
import type { Choice } from './panels.js';

/** Which numbers of a table are drawn; all there are unless given. */
export interface TableChoice {
  readonly ranks?: readonly number[] | undefined;
  readonly relPos?: readonly number[] | undefined;
  readonly methods: readonly Choice['method'][];
}

/** The figures of a table: five panels for runs of training, maps of heads for models and for runs of many heads. */
export interface TableFigures {
  readonly choices: readonly Choice[];
  readonly models: readonly ModelFigureChoice[];
}

/**
 * What a table has to draw.
 * @param source names the table in errors
 * @throws UsageError for ranks and relative positions that it does not hold
 */
export function figuresOfTable(
  { curves, blocks }: { readonly curves: Curves; readonly blocks: readonly Block[] },
  settings: readonly string[],
  choice: TableChoice,
  source: string,
): TableFigures {
  return {
    choices: settings.flatMap((setting) => {
      const found = available(curves, setting, choice, source);
      return isRun(curves, setting) ? found : [];
    }),
    models: settings.flatMap((setting) =>
      !isRun(curves, setting) || hasManyPairs(blocks, setting) ? [{ setting, ...choice }] : [],
    ),
  };
}

/** One figure for each setting, relative position, rank and match score. */
export function figureChoices(
  settings: readonly string[],
  ranks: readonly number[],
  relPos: readonly number[],
  methods: readonly Choice['method'][],
): Choice[] {
  return settings.flatMap((setting) =>
    relPos.flatMap((t) =>
      ranks.flatMap((rank) => methods.map((method) => ({ setting, rank, method, relPos: t }))),
    ),
  );
}

/** Runs of training have errors, or at least the baseline of their subspaces. */
function isRun(curves: Curves, setting: string): boolean {
  return curves.all.some(
    ({ key }) => key.setting === setting && (key.measure === 'baseline_match' || key.measure === 'err_ood'),
  );
}

function available(
  curves: Curves,
  setting: string,
  { ranks, relPos, methods }: TableChoice,
  source: string,
): Choice[] {
  const own = curves.all.filter(({ key }) => key.setting === setting);
  const distinct = (measures: readonly string[], name: 'rank' | 'rel_pos'): number[] => [
    ...new Set(
      own.flatMap(({ key }) => (measures.includes(key.measure) && key[name] !== null ? [key[name]] : [])),
    ),
  ];
  const check = (asked: readonly number[] | undefined, known: readonly number[], option: string) => {
    const missing = asked?.find((value) => !known.includes(value));
    if (missing !== undefined) {
      throw new UsageError(
        `${option} ${missing}: ${source} holds ${known.join(', ') || 'none'} for ${setting}; choose among them or measure again`,
      );
    }
    return asked ?? known;
  };
  const knownRanks = distinct(['wte_ov_match', 'qk_ov_match', 'baseline_match'], 'rank');
  // A one-layer run has no relative position; its figures say so.
  const knownRelPos = distinct(['z_score', 'qk_ov_match'], 'rel_pos');
  const t = knownRelPos.length === 0 ? (relPos ?? [0]) : check(relPos, knownRelPos, '--rel-pos');
  return figureChoices([setting], check(ranks, knownRanks, '--ranks'), t, methods);
}
