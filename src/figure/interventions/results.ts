import type { Edit } from '../../causal/edit.js';
import { type EditResult, summaryOf } from '../../causal/summary.js';
import type { ChartPoint } from './line-chart.js';

/** Errors that figures of edits show, the first that there is, and how their axis is named. */
export const errorMeasures = [
  ['copy_err_ood', 'OOD copy error'],
  ['copy_err_test', 'ID copy error'],
  ['err', 'copying error on repeated tokens'],
] as const;

/** The error that results have. */
export interface ShownError {
  readonly measure: string;
  readonly name: string;
}

/** The error that the figures of these results show; undefined where they have none. */
export function shownError(results: readonly EditResult[]): ShownError | undefined {
  const found = errorMeasures.find(([measure]) =>
    results.some(({ judgement }) => Number.isFinite(judgement[measure])),
  );
  return found && { measure: found[0], name: found[1] };
}

/** A result as a point of a chart, with the band of its control. */
export function pointOf(result: EditResult, x: number, measure: string): ChartPoint {
  const control = summaryOf(result, measure);
  return {
    x,
    y: result.judgement[measure] ?? Number.NaN,
    ...(control && { band: { low: control.q05, high: control.q95 } }),
  };
}

/** Projections alone. */
export type Projected = EditResult & { readonly edit: Edit & { readonly kind: 'project' } };

export function isProjected(result: EditResult): result is Projected {
  return result.edit.kind === 'project';
}

/** The last step that results have; null where they belong to no step. */
export function lastStepOf(results: readonly EditResult[]): number | null {
  return results.reduce<number | null>(
    (last, { step }) => (step !== null && (last === null || step > last) ? step : last),
    null,
  );
}
