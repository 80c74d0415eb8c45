import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { RunSource } from '../source/run-source.js';
import { createLabRun, type LabPhase, type LabRun } from './lab-run.js';
import { type Checked, checkSettings, type LabPair, labPairs, nameOf } from './lab-settings.js';

/** Where one run is set up and trained. */
export interface LabBench {
  readonly settings: Signal<Readonly<Record<string, string>>>;
  readonly checked: ReadonlySignal<Checked>;
  /** The run that is shown: not begun yet, being trained, or done. */
  readonly run: ReadonlySignal<LabRun>;
  /** Whether its worker lives, so that the settings are those of the run. */
  readonly isActive: ReadonlySignal<boolean>;
  /** Begins a run with the settings, or goes on with the one that waits. Nothing while a setting is wrong. */
  train(steps?: number): void;
  trainToCheckpoint(): void;
}

/** The two benches, and what they share. */
export interface Lab {
  readonly pair: ReadonlySignal<LabPair>;
  readonly benches: readonly [LabBench, LabBench];
  /** The runs as every part of the page sees them. */
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  /** Fills in the settings of a pair. */
  choose(pair: LabPair): void;
}

const active: readonly LabPhase[] = ['training', 'pausing', 'paused'];

/** A lab in which nothing has begun. */
export function createLab(): Lab {
  const pair = signal(labPairs[0]!);
  let right: LabBench | undefined;
  const left = createBench(pair.value.left, () => right?.run.value.setting);
  const other = createBench(pair.value.right, () => left.run.value.setting);
  right = other;
  return {
    pair,
    benches: [left, other],
    sources: computed(() => [left.run.value, other.run.value]),
    choose(next) {
      batch(() => {
        pair.value = next;
        left.settings.value = next.left;
        other.settings.value = next.right;
      });
    },
  };
}

/** @param taken the name that a run must not have, since the other one does */
function createBench(initial: Readonly<Record<string, string>>, taken: () => string | undefined): LabBench {
  const settings = signal(initial);
  const checked = computed(() => checkSettings(settings.value));
  const first = checked.value.config;
  if (first === undefined) throw new Error('the settings of a lab must be sound at first');
  const create = (config: typeof first) => {
    const name = nameOf(config);
    return createLabRun(name === taken() ? `${name}_b` : name, config);
  };
  const run = signal(create(first));
  // A run that has not begun follows the settings.
  effect(() => {
    const { config } = checked.value;
    const other = taken();
    const shown = run.peek();
    if (shown.phase.peek() !== 'ready' || config === undefined) return;
    if (config !== shown.config || shown.setting === other) run.value = create(config);
  });
  const prepared = (): LabRun | undefined => {
    const { phase } = run.value;
    if (phase.value === 'ready' || phase.value === 'paused') {
      return phase.value === 'paused' || checked.value.config !== undefined ? run.value : undefined;
    }
    if (active.includes(phase.value) || checked.value.config === undefined) return undefined;
    run.value = create(checked.value.config);
    return run.value;
  };
  return {
    settings,
    checked,
    run,
    isActive: computed(() => active.includes(run.value.phase.value)),
    train: (steps) => prepared()?.run(steps),
    trainToCheckpoint: () => prepared()?.runToCheckpoint(),
  };
}
