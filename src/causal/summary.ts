import type { Edit } from './edit.js';
import type { ControlKind, Judgement, Outcome } from './trial.js';

/** What an edit did, with what its control did. */
export interface EditResult {
  readonly setting: string;
  readonly step: number | null;
  readonly edit: Edit;
  readonly judgement: Judgement;
  /** Wrong predictions of each sequence, where they are counted. */
  readonly wrongOfSequence?: readonly number[];
  readonly control: ControlResult | null;
}

/** Draws of a control. */
export interface ControlResult {
  readonly kind: ControlKind;
  readonly draws: readonly Judgement[];
  /** Of each draw, as of the edit. */
  readonly wrongOfSequence?: readonly (readonly number[])[];
}

/** Mean of a control's draws, and the interval that holds nine tenths of them. */
export interface ControlSummary {
  readonly mean: number;
  readonly q05: number;
  readonly q95: number;
  readonly draws: number;
}

/** Outcomes by what they are about, each edit with the draws of its control, in the order of the edits. */
export function resultsOf(outcomes: readonly Outcome[]): EditResult[] {
  const groups = new Map<string, { own?: Outcome; control?: ControlKind; draws: Outcome[] }>();
  for (const outcome of outcomes) {
    const { setting, step, trial } = outcome;
    const name = JSON.stringify([setting, step, trial.about]);
    const group = groups.get(name) ?? { draws: [] };
    groups.set(name, group);
    if (trial.control === null) group.own = outcome;
    else {
      group.control = trial.control.kind;
      group.draws.push(outcome);
    }
  }
  return [...groups.values()].flatMap(({ own, control, draws }) => {
    if (own === undefined) return [];
    const { setting, step, trial, judgement, wrongOfSequence } = own;
    return [
      {
        ...{ setting, step, edit: trial.edit, judgement },
        ...(wrongOfSequence && { wrongOfSequence }),
        control: control === undefined ? null : controlOf(control, draws),
      },
    ];
  });
}

function controlOf(kind: ControlKind, outcomes: readonly Outcome[]): ControlResult {
  const wrong = outcomes.flatMap(({ wrongOfSequence }) => (wrongOfSequence ? [wrongOfSequence] : []));
  return {
    kind,
    draws: outcomes.map(({ judgement }) => judgement),
    ...(wrong.length > 0 && { wrongOfSequence: wrong }),
  };
}

/** A control's draws of one number; undefined without finite ones. */
export function summaryOf(result: EditResult, measure: string): ControlSummary | undefined {
  const values = (result.control?.draws ?? [])
    .map((draw) => draw[measure] ?? Number.NaN)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (values.length === 0) return undefined;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    q05: quantile(values, 0.05),
    q95: quantile(values, 0.95),
    draws: values.length,
  };
}

/** Linear between order statistics, as numpy's default. */
function quantile(sorted: readonly number[], probability: number): number {
  const at = probability * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}
