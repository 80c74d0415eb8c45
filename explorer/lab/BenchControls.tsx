import { useSignal } from '@preact/signals';
import type { SavedFormat } from '../../src/train/run-files.js';
import { formatStep, formatValue } from '../chart/format.js';
import { describePace, describeSeconds } from '../timeline/RunName.js';
import { downloadRun } from './download-run.js';
import type { LabBench } from './lab-bench.js';
import type { LabPhase, LabRun } from './lab-run.js';

/** What the first button says and does in each phase. */
const trainLabels: Readonly<Record<LabPhase, string>> = {
  ready: '▶ Train',
  training: '❚❚ Pause',
  pausing: '❚❚ Pause',
  paused: '▶ Go on',
  finished: '▶ Train again',
  ended: '▶ Train again',
  failed: '▶ Train again',
};

/** Buttons of a bench, where its run stands, and what to take home of it. */
export function BenchControls({ bench }: { readonly bench: LabBench }) {
  const run = bench.run.value;
  const phase = run.phase.value;
  const { setting } = run;
  const isTraining = phase === 'training' || phase === 'pausing';
  const isBlocked = phase !== 'paused' && bench.checked.value.config === undefined;
  return (
    <div class="bench-controls">
      <fieldset class="buttons" aria-label={`training of ${setting}`}>
        <button
          type="button"
          class={`train ${isTraining || phase === 'finished' ? 'plain' : 'strong'}`}
          aria-label={`${trainLabels[phase].replace(/^\S+ /, '')}: ${setting}`}
          disabled={phase === 'pausing' || (!isTraining && isBlocked)}
          onClick={() => (isTraining ? run.pause() : bench.train())}
        >
          {trainLabels[phase]}
        </button>
        <button
          type="button"
          class="plain"
          aria-label={`+1 step: ${setting}`}
          title="one step further"
          disabled={isTraining || isBlocked}
          onClick={() => bench.train(1)}
        >
          +1 step
        </button>
        <button
          type="button"
          class="plain"
          aria-label={`+1 checkpoint: ${setting}`}
          title="on to the next checkpoint"
          disabled={isTraining || isBlocked}
          onClick={() => bench.trainToCheckpoint()}
        >
          +1 checkpoint
        </button>
        <button
          type="button"
          class="plain"
          aria-label={`end: ${setting}`}
          title="end this run, and unlock its settings"
          disabled={!bench.isActive.value}
          onClick={() => run.end()}
        >
          ■ End
        </button>
      </fieldset>
      <Standing run={run} />
      <Downloads run={run} />
    </div>
  );
}

/** The live dot, the step, the pace, and how it goes. */
function Standing({ run }: { readonly run: LabRun }) {
  const { config, phase, failure, step, loss, pace, isSilent } = run;
  // Read for its changes: the numbers of the last evaluation come with new curves.
  void run.curves.value;
  const errors = run.record.lastEvaluation();
  const rate = pace.value;
  return (
    <div class="standing">
      <progress max={config.num_epoch} value={step.value} aria-label={`steps of ${run.setting}`} />
      <p class={`run-status ${phase.value === 'training' ? 'training' : ''}`}>
        <span class="live" aria-hidden="true" />
        <span role="status">{phaseWords[phase.value]}</span>
        <span>
          step {formatStep(step.value)} of {formatStep(config.num_epoch)}
        </span>
        {phase.value !== 'training' || rate === undefined ? null : (
          <span>
            {describePace(rate)} · {describeSeconds((config.num_epoch - step.value) / rate)} left
          </span>
        )}
      </p>
      <p class="numbers">
        <span>loss {formatValue(loss.value)}</span>
        <span>ID error {formatValue(errors?.err_test)}</span>
        <span>OOD error {formatValue(errors?.err_ood)}</span>
      </p>
      {isSilent.value ? (
        <p class="problem" role="alert">
          Nothing has come from the worker for a while: the browser slows down hidden tabs, or the model is
          too large for it. It goes on by itself, or end it and choose a smaller one.
        </p>
      ) : null}
      {failure.value === undefined ? null : (
        <p class="problem" role="alert">
          {failure.value}.
        </p>
      )}
    </div>
  );
}

const phaseWords: Readonly<Record<LabPhase, string>> = {
  ready: 'ready',
  training: 'training',
  pausing: 'pausing …',
  paused: 'paused',
  finished: 'finished',
  ended: 'ended early',
  failed: 'stopped',
};

function Downloads({ run }: { readonly run: LabRun }) {
  const failure = useSignal<string | undefined>(undefined);
  const isEmpty = run.steps.value.length === 0;
  const take = (format: SavedFormat) => {
    try {
      downloadRun(run, format);
      failure.value = undefined;
    } catch (error) {
      failure.value = (error as Error).message;
    }
  };
  return (
    <p class="take-home">
      <span class="quiet">run folder{isEmpty ? '' : `, ${run.steps.value.length} checkpoints`}:</span>
      {(['pt', 'safetensors'] as const).map((format) => (
        <button
          key={format}
          type="button"
          class="plain"
          disabled={isEmpty}
          aria-label={`download ${run.setting} with .${format} checkpoints`}
          onClick={() => take(format)}
        >
          ↓ .{format}
        </button>
      ))}
      {failure.value === undefined ? null : (
        <span class="problem" role="alert">
          {failure.value}
        </span>
      )}
    </p>
  );
}
