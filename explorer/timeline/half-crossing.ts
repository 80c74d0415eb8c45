import type { Curves } from '../../src/series/curves.js';

/**
 * The step at which OOD error crosses half: the first one from which it stays below, on a line between the evaluations
 * around it. Undefined where it never does, or always did.
 */
export function halfCrossing(curves: Curves, setting: string): number | undefined {
  const curve = curves.find({ setting, measure: 'err_ood' });
  if (curve === undefined) return undefined;
  const { steps, values } = curve;
  let at = values.length - 1;
  while (at >= 0 && !(values[at]! >= 0.5)) at--;
  const after = at + 1;
  if (at < 0 || after >= values.length || Number.isNaN(values[after])) return undefined;
  const share = (values[at]! - 0.5) / (values[at]! - values[after]!);
  return steps[at]! + share * (steps[after]! - steps[at]!);
}
