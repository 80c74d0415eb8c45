import { noCurves } from '../source/join-curves.js';
import type { RunSource, StepInfo } from '../source/run-source.js';
import { halfCrossing } from './half-crossing.js';
import { nearestPoint } from './nearest-point.js';
import type { View } from './view.js';

/** The runs that are switched on, in the order of the page. */
export function shownSources(sources: readonly RunSource[], view: View): readonly RunSource[] {
  const shown = sources.filter(({ setting }) => !view.hidden.value.has(setting));
  return shown.length > 0 ? shown : sources.slice(0, 1);
}

/** Switches several runs on or off together; the last one stays on. */
export function showRuns(
  all: readonly RunSource[],
  view: View,
  runs: readonly RunSource[],
  isOn: boolean,
): void {
  const hidden = new Set(view.hidden.value);
  for (const { setting } of runs) {
    if (isOn) hidden.delete(setting);
    else hidden.add(setting);
  }
  if (all.some(({ setting }) => !hidden.has(setting))) view.hidden.value = hidden;
}

/** Switches a run on or off; the last one stays on. */
export function toggleRun(all: readonly RunSource[], view: View, setting: string): void {
  const hidden = new Set(view.hidden.value);
  if (!hidden.delete(setting)) hidden.add(setting);
  if (all.some((source) => !hidden.has(source.setting))) view.hidden.value = hidden;
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

/** The step that lies so many checkpoints after another one, or before it where `by` is negative. */
export function stepBeside(steps: readonly number[], step: number, by: number): number {
  // A step that is none of them lies between two: the first move goes to one of these.
  const at =
    by > 0 ? steps.findLastIndex((other) => other <= step) : steps.findIndex((other) => other >= step);
  const from = at === -1 ? (by > 0 ? -1 : steps.length) : at;
  return steps[Math.max(0, Math.min(steps.length - 1, from + by))] ?? step;
}

/** The first run that has begun, and has checkpoints or will have some. */
function leadingRun(sources: readonly RunSource[]): RunSource | undefined {
  return sources.find(({ steps, progress }) => {
    const { phase } = progress.value;
    return phase !== 'waiting' && (phase !== 'done' || steps.value.length > 0);
  });
}

/**
 * The step of the page: the one chosen, or else the checkpoint nearest to where the OOD error of the page's first run
 * crosses half, or its last. It is the same for all runs, and which of them are shown or opened changes nothing. Null while
 * there is no checkpoint.
 */
export function selectedStep(sources: readonly RunSource[], view: View): number | null {
  if (view.step.value !== null) return nearestStep(checkpointSteps(sources), view.step.value);
  const first = leadingRun(sources);
  const steps = checkpointSteps(first === undefined ? [] : [first]);
  const half = first && halfCrossing(first.curves.value, first.setting);
  return half === undefined ? (steps.at(-1) ?? null) : nearestStep(steps, half);
}

/**
 * Chooses the step where nobody has, once it can no longer move: when the first run with checkpoints has been measured
 * and grows no more. From then on it stands in the address bar.
 */
export function decideStep(sources: readonly RunSource[], view: View): void {
  if (view.step.value !== null) return;
  const first = leadingRun(sources);
  const isSettled = first?.progress.value.phase === 'done' && first.curves.value !== noCurves;
  if (isSettled) view.step.value = selectedStep(sources, view);
}

/** What a run has at a step. */
export function stepInfo(source: RunSource, step: number): StepInfo | undefined {
  return source.steps.value.find((info) => info.step === step);
}
