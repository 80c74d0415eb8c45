import { UsageError } from '../errors.js';
import type { Curves } from '../series/curves.js';
import { halfError, oodErrorFall } from '../stats/error-fall.js';

/** How many steps are embedded across the transition, besides the first and the last. */
const acrossTransition = 6;

/**
 * The steps whose checkpoints a report embeds by default: the first, the last, and six across the transition,
 * which is where OOD error falls from nine tenths to one tenth of its way down. Without a fall, the six lie evenly between.
 * @param steps checkpoints that can be read, in order
 */
export function stepsToEmbed(steps: readonly number[], curves: Curves, setting: string): number[] {
  if (steps.length <= acrossTransition + 2) return [...steps];
  const transition = transitionOf(curves, setting);
  if (transition === undefined) {
    const last = acrossTransition + 1;
    return Array.from({ length: last + 1 }, (_, n) => steps[Math.round(((steps.length - 1) * n) / last)]!);
  }
  const [from, to] = transition;
  // One checkpoint before the fall and one after it.
  const before = Math.max(
    0,
    steps.findLastIndex((step) => step <= from),
  );
  const found = steps.findIndex((step) => step >= to);
  const after = found === -1 ? steps.length - 1 : found;
  const chosen = new Set([0, steps.length - 1]);
  for (let n = 0; n < acrossTransition; n++) {
    chosen.add(Math.round(before + ((after - before) * n) / (acrossTransition - 1)));
  }
  // A fall between few checkpoints leaves some over, which go to its neighbours.
  for (let reach = 1; chosen.size < acrossTransition + 2; reach++) {
    for (const at of [before - reach, after + reach]) {
      if (at >= 0 && at < steps.length && chosen.size < acrossTransition + 2) chosen.add(at);
    }
    for (let at = before; at <= after && chosen.size < acrossTransition + 2; at++) chosen.add(at);
  }
  return [...chosen].sort((a, b) => a - b).map((at) => steps[at]!);
}

/** Steps at which OOD error has fallen by a tenth and by nine tenths; undefined when it does not fall below half. */
function transitionOf(curves: Curves, setting: string): [number, number] | undefined {
  const fall = oodErrorFall(curves, setting);
  if (fall === undefined || !(fall.first > halfError && fall.last < halfError)) return undefined;
  const fallen = (share: number) => fall.crossing(fall.first - share * (fall.first - fall.last));
  const [from, to] = [fallen(0.1), fallen(0.9)];
  return from === undefined || to === undefined ? undefined : [from, to];
}

/**
 * What `--embed-steps` asks for, of the steps that a run has.
 * @param asked `all`, `none`, or steps; undefined for the default
 * @throws UsageError when no run has a step that was asked for
 */
export function checkAsked(asked: readonly number[], available: readonly number[]): void {
  const missing = asked.find((step) => !available.includes(step));
  if (missing === undefined) return;
  const some = available.slice(0, 6).join(', ');
  throw new UsageError(
    `--embed-steps ${missing}: no run has a checkpoint of this step that can be read; there are ${some}${available.length > 6 ? ', …' : ''}`,
  );
}
