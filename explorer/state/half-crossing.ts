import type { Curves } from '../../src/series/curves.js';
import { halfError, oodErrorFall } from '../../src/stats/error-fall.js';

const known = new WeakMap<Curves, Map<string, number | undefined>>();

/** The step at which OOD error crosses half for good. Undefined where it never does, or starts below. */
export function halfCrossing(curves: Curves, setting: string): number | undefined {
  let bySetting = known.get(curves);
  if (bySetting === undefined) {
    bySetting = new Map();
    known.set(curves, bySetting);
  }
  if (!bySetting.has(setting)) bySetting.set(setting, oodErrorFall(curves, setting)?.crossing(halfError));
  return bySetting.get(setting);
}
