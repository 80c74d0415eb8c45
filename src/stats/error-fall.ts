import type { Curves } from '../series/curves.js';
import { antitonicFit, crossingStep } from './antitonic.js';

/** The OOD error at which a run begins to generalise: from here on it copies more right than wrong. */
export const halfError = 0.5;

/** How an error of one run falls: its antitonic fit, which no wiggle can cross twice. */
export interface ErrorFall {
  /** The fit at the first and at the last step. */
  readonly first: number;
  readonly last: number;
  /** The step at which the fit falls through a value; undefined where it starts below it, or never does. */
  crossing(value: number): number | undefined;
}

/** The fall of an error. @param steps positive and increasing   @param values finite, as long; at least one */
export function errorFall(steps: ArrayLike<number>, values: ArrayLike<number>): ErrorFall {
  const fit = antitonicFit(values);
  return {
    first: fit[0] ?? Number.NaN,
    last: fit.at(-1) ?? Number.NaN,
    crossing: (value) => crossingStep(steps, fit, value),
  };
}

/** The fall of a run's OOD error, `err_ood` as published, over the steps after 0; undefined where none was recorded. */
export function oodErrorFall(curves: Curves, setting: string): ErrorFall | undefined {
  const curve = curves.find({ setting, measure: 'err_ood' });
  if (curve === undefined) return undefined;
  const steps: number[] = [];
  const values: number[] = [];
  curve.steps.forEach((step, at) => {
    const value = curve.values[at] ?? Number.NaN;
    if (step <= 0 || !Number.isFinite(value)) return;
    steps.push(step);
    values.push(value);
  });
  return steps.length === 0 ? undefined : errorFall(steps, values);
}
