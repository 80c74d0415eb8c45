import type { Curves } from '../../src/series/curves.js';
import { antitonicFit, crossingStep } from '../../src/stats/antitonic.js';

const known = new WeakMap<Curves, Map<string, number | undefined>>();

/**
 * The step at which OOD error, `err_ood` as published, crosses half for good: where its antitonic fit does, as in the
 * statistics of runs. Undefined where it never does, or starts below.
 */
export function halfCrossing(curves: Curves, setting: string): number | undefined {
  let bySetting = known.get(curves);
  if (bySetting === undefined) {
    bySetting = new Map();
    known.set(curves, bySetting);
  }
  if (!bySetting.has(setting)) bySetting.set(setting, findCrossing(curves, setting));
  return bySetting.get(setting);
}

function findCrossing(curves: Curves, setting: string): number | undefined {
  const curve = curves.find({ setting, measure: 'err_ood' });
  if (curve === undefined) return undefined;
  const kept = [...curve.steps.keys()].filter(
    (at) => curve.steps[at]! > 0 && Number.isFinite(curve.values[at]),
  );
  const values = kept.map((at) => curve.values[at]!);
  return crossingStep(
    kept.map((at) => curve.steps[at]!),
    antitonicFit(values),
    0.5,
  );
}
