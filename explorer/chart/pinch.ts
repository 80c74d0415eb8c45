import type { Frame } from './frame.js';
import type { Places } from './gestures.js';

/**
 * The steps that a chart shows when two fingers have moved: those that lay below the fingers still do.
 * @param frame when the fingers came   @param whole first and last step without zoom
 * @returns null for the whole
 */
export function pinchedSteps(
  frame: Pick<Frame, 'x' | 'stepAt' | 'steps'>,
  whole: readonly [number, number],
  from: Places,
  to: Places,
): readonly [number, number] | null {
  const spread = (to[1] - to[0]) / (from[1] - from[0]);
  const stepAt = (px: number) => frame.stepAt(from[0] + (px - to[0]) / spread);
  const [first, last] = frame.steps;
  const steps = [
    Math.max(whole[0], Math.round(stepAt(frame.x(first)))),
    Math.min(whole[1], Math.round(stepAt(frame.x(last)))),
  ] as const;
  return steps[0] === whole[0] && steps[1] === whole[1] ? null : steps;
}
