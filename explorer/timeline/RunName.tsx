import { formatStep } from '../chart/format.js';
import type { RunProgress, RunSource } from '../source/run-source.js';
import { colourOf } from './run-style.js';

/** A run's name in its colour, and where it stands unless it is done. */
export function RunName({ source, sources }: { source: RunSource; sources: readonly RunSource[] }) {
  return (
    <h3 class="run-name">
      <span class="swatch" style={{ '--run': `var(--${colourOf(sources, source.setting)})` }} />
      {source.setting} <RunStatus progress={source.progress.value} />
    </h3>
  );
}

/** What is going on with a run, in a few words; nothing when it is done. */
export function RunStatus({ progress }: { progress: RunProgress }) {
  const text = describeProgress(progress);
  if (text === '') return null;
  return (
    <span class={`run-status ${progress.phase}`}>
      <span class="live" aria-hidden="true" />
      {text}
    </span>
  );
}

/** Such as `training · step 1 200 of 2 000 · 47 steps/s · 17 s left`. */
export function describeProgress({
  phase,
  measured,
  checkpoints,
  lastStep,
  endStep,
  stepsPerSecond,
  share,
}: RunProgress): string {
  const of = endStep === undefined ? '' : ` of ${formatStep(endStep)}`;
  switch (phase) {
    case 'done':
      return '';
    case 'waiting':
      return 'waiting for the first checkpoint';
    case 'measuring':
      return share === undefined
        ? `measuring ${measured} of ${checkpoints}`
        : `measuring, ${Math.floor(100 * share)} % done`;
    case 'paused':
      return `paused at step ${formatStep(lastStep)}${of}`;
    case 'stalled':
      return `stalled at step ${formatStep(lastStep)}${of}: nothing new for a while`;
    case 'training': {
      const parts = [`training · step ${formatStep(lastStep)}${of}`];
      if (stepsPerSecond !== undefined && stepsPerSecond > 0) {
        parts.push(describePace(stepsPerSecond));
        if (endStep !== undefined)
          parts.push(`${describeSeconds((endStep - lastStep) / stepsPerSecond)} left`);
      }
      return parts.join(' · ');
    }
  }
}

/** Such as `47 steps/s`. */
export function describePace(stepsPerSecond: number): string {
  return `${stepsPerSecond >= 10 ? Math.round(stepsPerSecond) : stepsPerSecond.toFixed(1)} steps/s`;
}

/** Such as `17 s`, `3 min` or `1.5 h`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
