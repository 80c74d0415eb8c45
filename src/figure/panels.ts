import type { CurveKey } from '../series/curve-key.js';
import type { Curve, Curves } from '../series/curves.js';
import { rankedPairs, writerOf } from '../series/pairs.js';
import { type Heads, splitHeads } from './heads.js';
import type { InkName } from './ink.js';
import type { LegendEntry } from './legend.js';
import { dashes, type Panel, type PanelBaseline, type PanelLine } from './panel.js';
import type { PanelId } from './panel-words.js';

/** Which numbers of the table a figure shows. */
export interface Choice {
  readonly setting: string;
  /** Rank r of the subspaces. */
  readonly rank: number;
  /** Which summary of the cosines of the principal angles. */
  readonly method: 'mean' | 'largest';
  /** t of the relative-position matrix R(t). */
  readonly relPos: number;
  /** The pair of heads drawn strong; unless given, the one with the highest z-score. */
  readonly pair?: string | undefined;
  /** Steps before this one are left out; 1 unless given, as in the notebook. */
  readonly firstStep?: number | undefined;
}

/** A panel of the figure: its name, what it depends on, and what it shows. */
export interface PanelMaker {
  readonly id: PanelId;
  /** Two choices of one name have the same panel. */
  readonly nameOf: (curves: Curves, choice: Choice) => string;
  readonly make: (curves: Curves, choice: Choice) => Panel;
}

const px = 200 / 72;
const thick = 4 * px;
const thin = 1.5 * px;
const faint = 0.8 * px;
const dot = 16;

/** The panels from left to right, in figures, on the page and in print. To add one: a line here, and its words. */
export const panels: readonly PanelMaker[] = [
  {
    id: 'errors',
    nameOf: (_curves, { setting, firstStep }) => JSON.stringify([setting, firstStep]),
    make: errorsPanel,
  },
  {
    id: 'z_score',
    nameOf: (_curves, { setting, relPos, pair, firstStep }) =>
      JSON.stringify([setting, relPos, pair, firstStep]),
    make: (curves, choice) =>
      pairsPanel(curves, choice, {
        title: 'Diagonal prefactor z-score',
        caption: `step · rel_pos ${choice.relPos}`,
        key: { setting: choice.setting, measure: 'z_score', rel_pos: choice.relPos },
      }),
  },
  {
    id: 'qk_ov_match',
    nameOf: (_curves, { setting, rank, method, relPos, pair, firstStep }) =>
      JSON.stringify([setting, rank, method, relPos, pair, firstStep]),
    make: (curves, choice) =>
      pairsPanel(curves, choice, {
        title: 'Matching QK and OV subspaces',
        caption: `step · rank ${choice.rank}, ${choice.method}, rel_pos ${choice.relPos}`,
        key: {
          setting: choice.setting,
          measure: 'qk_ov_match',
          rel_pos: choice.relPos,
          rank: choice.rank,
          statistic: choice.method,
        },
        baseline: baselineOf(curves, choice),
      }),
  },
  {
    id: 'mismatch_ratio',
    nameOf: (_curves, { setting, relPos, pair, firstStep }) =>
      JSON.stringify([setting, relPos, pair, firstStep]),
    make: (curves, choice) =>
      pairsPanel(curves, choice, {
        title: 'Token mismatch ratio at 2nd layer',
        caption: `step · rel_pos ${choice.relPos}`,
        key: { setting: choice.setting, measure: 'mismatch_ratio', rel_pos: choice.relPos },
        range: [0, 1],
      }),
  },
  {
    id: 'wte_ov_match',
    // The relative position matters for which writer is drawn strong.
    nameOf: (curves, choice) =>
      JSON.stringify([
        ...[choice.setting, choice.rank, choice.method, choice.firstStep],
        rankedWriters(curves, choice)[0],
      ]),
    make: embeddingPanel,
  },
];

export const panelIds: readonly PanelId[] = panels.map(({ id }) => id);

function errorsPanel(curves: Curves, { setting, firstStep }: Choice): Panel {
  const line = (measure: string, ink: InkName): PanelLine[] =>
    linesOf([curves.find({ setting, measure })], { ink, width: thick }, firstStep);
  const id = line('err_test', 'first');
  const ood = line('err_ood', 'second');
  const lines = [...id, ...ood];
  return {
    title: 'ID/OOD test errors',
    caption: `step · ${setting}`,
    log: true,
    lines,
    legend: [
      ...id.map((): LegendEntry => ({ label: 'ID', ink: 'first', width: thick })),
      ...ood.map((): LegendEntry => ({ label: 'OOD', ink: 'second', width: thick })),
    ],
    range: [0, 1],
    ...(lines.length === 0 ? { note: ['no test errors', 'were recorded'] } : {}),
  };
}

interface PairsPlan {
  readonly title: string;
  readonly caption: string;
  /** All keys but the pair. */
  readonly key: CurveKey;
  readonly baseline?: PanelBaseline | undefined;
  readonly range?: readonly [number, number];
}

function pairsPanel(curves: Curves, choice: Choice, plan: PairsPlan): Panel {
  const heads = splitHeads(matching(curves, plan.key), rankedPairsOf(curves, choice));
  const { lines, legend } = headLines(heads, choice.firstStep, {
    best: choice.pair === undefined ? 'highest z-score' : 'chosen pair',
    one: 'pair of heads',
    many: 'pairs of heads',
  });
  return {
    ...plan,
    lines,
    legend: [...legend, ...baselineEntry(plan.baseline)],
    ...(lines.length === 0 ? { note: whyNoPairs(curves, choice, plan.key) } : {}),
  };
}

function embeddingPanel(curves: Curves, choice: Choice): Panel {
  const { setting, rank, method: statistic } = choice;
  const key = { setting, measure: 'wte_ov_match', rank, statistic };
  const heads = splitHeads(matching(curves, key), rankedWriters(curves, choice));
  const { lines, legend } = headLines(heads, choice.firstStep, {
    best: choice.pair === undefined ? 'writes for the best pair' : 'writes for the chosen pair',
    one: 'head',
    many: 'heads',
  });
  const baseline = baselineOf(curves, choice);
  return {
    title: 'Matching wte and 1st OV',
    caption: `step · rank ${rank}, ${statistic}`,
    lines,
    baseline,
    legend: [...legend, ...baselineEntry(baseline)],
    ...(lines.length === 0 ? { note: whyNone(curves, key) } : {}),
  };
}

function zScores(curves: Curves, { setting, relPos }: Choice): Curve[] {
  return matching(curves, { setting, measure: 'z_score', rel_pos: relPos });
}

/** The pairs of heads, strongest first; a chosen one comes before all. */
function rankedPairsOf(curves: Curves, choice: Choice): string[] {
  const ranked = rankedPairs(zScores(curves, choice));
  const { pair } = choice;
  if (pair === undefined || !ranked.includes(pair)) return ranked;
  return [pair, ...ranked.filter((other) => other !== pair)];
}

/** The heads that write for the strongest pairs, without repetitions. */
function rankedWriters(curves: Curves, choice: Choice): string[] {
  return [...new Set(rankedPairsOf(curves, choice).map(writerOf))];
}

/** The curves that have these keys, whatever they are measured on. */
function matching(curves: Curves, key: CurveKey): Curve[] {
  return curves.all.filter(
    (curve) =>
      curve.key.setting === key.setting &&
      curve.key.measure === key.measure &&
      curve.key.rel_pos === (key.rel_pos ?? null) &&
      curve.key.rank === (key.rank ?? null) &&
      curve.key.statistic === (key.statistic ?? null),
  );
}

function headLines(
  { best, others, total }: Heads,
  firstStep: number | undefined,
  names: { readonly best: string; readonly one: string; readonly many: string },
): { lines: readonly PanelLine[]; legend: readonly LegendEntry[] } {
  const faintLines = linesOf(others, { ink: 'others', width: faint, behind: true }, firstStep);
  const bestLines = linesOf([best], { ink: 'first', width: thin, dots: true }, firstStep);
  const lines = [...faintLines, ...bestLines];
  if (faintLines.length === 0) return { lines, legend: [] };
  const rest = total - bestLines.length;
  const drawn = faintLines.length < rest ? `${faintLines.length} of ${rest}` : String(rest);
  const other = bestLines.length > 0 ? ' other' : '';
  return {
    lines,
    legend: [
      ...bestLines.map(
        (): LegendEntry => ({
          label: `${best!.key.of}: ${names.best}`,
          ink: 'first',
          width: thin,
          dot,
        }),
      ),
      { label: `${drawn}${other} ${rest === 1 ? names.one : names.many}`, ink: 'others', width: faint },
    ],
  };
}

/** The parts of curves from a step on, in the order of steps; none of a curve that has no value there. */
function linesOf(
  curves: readonly (Curve | undefined)[],
  style: { ink: InkName; width: number; dots?: boolean; behind?: boolean },
  firstStep = 1,
): PanelLine[] {
  return curves.flatMap((curve) => {
    if (curve === undefined) return [];
    const { steps, values } = inOrder(curve);
    const from = steps.findIndex((step) => step >= firstStep);
    if (from === -1 || !values.subarray(from).some(Number.isFinite)) return [];
    return [{ steps: steps.subarray(from), values: values.subarray(from), of: curve.key.of, ...style }];
  });
}

/** A table that others wrote may have its rows in any order. */
function inOrder({ steps, values }: Curve): Pick<Curve, 'steps' | 'values'> {
  if (steps.every((step, at) => at === 0 || steps[at - 1]! <= step)) return { steps, values };
  const order = [...steps.keys()]
    .filter((at) => !Number.isNaN(steps[at]))
    .sort((a, b) => steps[a]! - steps[b]!);
  return {
    steps: Float64Array.from(order, (at) => steps[at]!),
    values: Float64Array.from(order, (at) => values[at]!),
  };
}

function baselineOf(curves: Curves, { setting, rank, method }: Choice): PanelBaseline | undefined {
  const at = (statistic: string): number =>
    curves.find({ setting, measure: 'baseline_match', rank, statistic })?.values[0] ?? Number.NaN;
  const baseline = { value: at(method), low: at(`${method}_q05`), high: at(`${method}_q95`) };
  return Object.values(baseline).every(Number.isFinite) ? baseline : undefined;
}

function baselineEntry(baseline: PanelBaseline | undefined): LegendEntry[] {
  if (baseline === undefined) return [];
  return [{ label: 'random, 5–95 %', ink: 'baseline', width: 4, dashes, band: 'band' }];
}

function whyNoPairs(curves: Curves, choice: Choice, key: CurveKey): readonly string[] {
  const has = (measure: string) =>
    curves.all.some((curve) => curve.key.setting === choice.setting && curve.key.measure === measure);
  if (has('wte_ov_match') && !has('z_score')) {
    return ['A model of one layer', 'has no later layer that reads', 'what the first one writes.'];
  }
  return whyNone(curves, key);
}

function whyNone(curves: Curves, key: CurveKey): readonly string[] {
  const { setting, measure } = key;
  const measured = curves.all.filter(
    (curve) => curve.key.setting === setting && curve.key.measure === measure,
  );
  if (measured.length === 0) return ['not measured'];
  const relPos = key.rel_pos ?? null;
  if (!measured.some((curve) => curve.key.rel_pos === relPos)) {
    return [`not measured at rel_pos ${relPos}`];
  }
  const rank = key.rank ?? null;
  if (!measured.some((curve) => curve.key.rank === rank)) return [`not measured at rank ${rank}`];
  return ['no value after step 0', 'could be computed'];
}
