import type { RunProgress } from '../source/run-source.js';
import { describeProgress } from '../timeline/RunName.js';

/** How far the measuring of a model is. */
export function MeasuringBar({ progress }: { readonly progress: RunProgress }) {
  const { share, measured, checkpoints } = progress;
  const done = share ?? (checkpoints === 0 ? 0 : measured / checkpoints);
  return (
    <p class="measuring" role="status">
      <progress value={done} aria-label="measured so far" /> {describeProgress(progress)}
    </p>
  );
}
