import { nearestPoint } from '../chart/chart-data.js';
import { noCurves } from '../source/join-curves.js';
import type { RunSource, StepInfo } from '../source/run-source.js';
import { halfCrossing } from '../timeline/half-crossing.js';
import type { View } from './view.js';

/** The runs that are switched on, in the order of the page. */
export function shownSources(sources: readonly RunSource[], view: View): readonly RunSource[] {
  const shown = sources.filter(({ setting }) => !view.hidden.value.has(setting));
  return shown.length > 0 ? shown : sources.slice(0, 1);
}

/** The run whose step is opened: the one chosen, or else the first that is shown. */
export function focusedSource(sources: readonly RunSource[], view: View): RunSource | undefined {
  const shown = shownSources(sources, view);
  return shown.find(({ setting }) => setting === view.focus.value) ?? shown[0];
}

/** Whether nothing of any run has arrived that could be drawn. */
export function isLoading(sources: readonly RunSource[]): boolean {
  return sources.every(
    ({ curves, progress }) => curves.value === noCurves && progress.value.phase !== 'waiting',
  );
}

/** Every checkpoint step of several runs, in order. */
export function checkpointSteps(sources: readonly RunSource[]): number[] {
  return [...new Set(sources.flatMap(({ steps }) => steps.value.map(({ step }) => step)))].sort(
    (a, b) => a - b,
  );
}

/** The checkpoint step nearest to a step; the step itself where there are no checkpoints. */
export function nearestStep(steps: readonly number[], step: number): number {
  return steps[nearestPoint(steps, step)] ?? step;
}

/**
 * The step that is selected: the one chosen, or else the checkpoint nearest to where the focused run's OOD error crosses
 * half, or its last. Null while there is no checkpoint.
 */
export function selectedStep(sources: readonly RunSource[], view: View): number | null {
  const steps = checkpointSteps(shownSources(sources, view));
  if (view.step.value !== null) return nearestStep(steps, view.step.value);
  const focused = focusedSource(sources, view);
  const last = focused?.steps.value.at(-1)?.step;
  if (focused === undefined || last === undefined) return null;
  const half = halfCrossing(focused.curves.value, focused.setting);
  return half === undefined ? last : nearestStep(steps, half);
}

/** What a run has at a step. */
export function stepInfo(source: RunSource, step: number): StepInfo | undefined {
  return source.steps.value.find((info) => info.step === step);
}
