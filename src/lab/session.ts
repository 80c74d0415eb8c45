import { kernels } from '../linalg/kernels.js';
import { randomBaseline } from '../measures/random-baseline.js';
import { usualPlan } from '../measures/usual-choice.js';
import { parameterLayout } from '../model/parameters.js';
import { stateOf } from '../model/state.js';
import type { RunConfig } from '../run/config.js';
import { measureCheckpoint } from '../series/measure-checkpoint.js';
import { ErrorLog } from '../train/error-log.js';
import { memberHere } from '../train/member-here.js';
import { checkpointName } from '../train/run-files.js';
import { createRunWriter, type RunStore, type RunWriter } from '../train/run-writer.js';
import { createTask } from '../train/task.js';
import { type Evaluations, leadTeam } from '../train/team.js';
import { createTeamMemory, evaluationParts } from '../train/team-memory.js';
import { initialState, type TrainingProgress, trainSteps } from '../train/train-steps.js';
import { checkLab } from './check-lab.js';
import type { LabEvent } from './events.js';

/** What a session needs of the place where it runs. */
export interface SessionOptions {
  readonly config: RunConfig;
  /** Of bridgescope, for the manifest. */
  readonly version: string;
  readonly post: (event: LabEvent) => void;
  /** Lets events through: resolves in a later task of this thread. */
  readonly yieldThread: () => Promise<void>;
  /** SHA-256 in hexadecimal. */
  readonly sha256: (bytes: Uint8Array) => string;
}

/** A run that is trained in this thread, step by step as it is asked to. */
export interface Session {
  /**
   * Trains to the end, or `steps` further, or until it is paused. Must not be called again before it has resolved.
   * @throws InputError when the loss stops being finite
   */
  run(steps?: number): Promise<void>;
  /** Stops after the present step. May be called at any time. */
  pause(): void;
}

/** How long the thread trains before it lets events through, in milliseconds: a pause takes effect so soon. */
const mostMilliseconds = 40;

/** How often it reports progress, in milliseconds. */
const reportInterval = 150;

/**
 * Prepares a run as `trainRun` does, with the same engine, data, schedule and files, so that the files have the same bytes;
 * but they are posted instead of written, and each checkpoint is measured at once.
 * @throws InputError when the config cannot be trained, or does not fit into memory
 */
export async function createLabSession(options: SessionOptions): Promise<Session> {
  const { config, version, post, yieldThread, sha256 } = options;
  checkLab(config);
  const layout = parameterLayout(config);
  const task = createTask(config);
  const sets = { test: task.testSet(), ood: task.oodSet() };
  const memory = createTeamMemory(config, layout, sets, false);
  const members = memberHere({ config, fast: false, memory }, yieldingNowAndThen(yieldThread));
  const team = leadTeam({ members, memory, parts: evaluationParts(config), reportInterval });
  const plan = usualPlan(config);
  const plain = createRunWriter({
    ...{ config, version, layout, others: {}, formats: ['pt'], fast: false },
    store: postingStore(post, sha256),
  });
  const writer: RunWriter = {
    ...plain,
    checkpoint(parameters, step) {
      plain.checkpoint(parameters, step);
      if (step === undefined) return;
      const state = stateOf(parameters, layout);
      post({
        kind: 'measured',
        step,
        ...measureCheckpoint(state, plan, kernels, checkpointName(step, 'pt')),
      });
    },
  };

  const begin = initialState(config, layout);
  const log = new ErrorLog();
  await team.load(begin);
  writer.begin(sets);
  post({
    kind: 'baselines',
    baselines: new Map(plan.ranks.map((rank) => [rank, randomBaseline(config.d_model, rank)])),
  });

  let [step, lossStep]: [number, number] = [begin.step, begin.lossStep];
  let evaluations: Evaluations | null = null;
  const onProgress = (progress: TrainingProgress) => {
    lossStep = progress.loss;
    post({ kind: 'progress', step: progress.step, loss: progress.loss });
    if (progress.evaluations === null || progress.evaluations === evaluations) return;
    evaluations = progress.evaluations;
    post({ kind: 'evaluated', step: progress.step, values: valuesOf(evaluations) });
  };

  return {
    async run(steps) {
      team.resume();
      const until = steps === undefined ? {} : { until: step + steps };
      const how = { config, evalEvery: null, place: 'in this page', onProgress, ...until };
      const result = await trainSteps(team, writer, { step, lossStep }, log, how);
      step = result.step;
      post({ kind: result.finished ? 'finished' : 'paused', step });
    },
    pause: () => team.stop(),
  };
}

function yieldingNowAndThen(yieldThread: () => Promise<void>): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < mostMilliseconds) return undefined;
    return yieldThread().then(() => {
      last = performance.now();
    });
  };
}

/** Posts the files instead of keeping them; it remembers their names alone. */
function postingStore(post: (event: LabEvent) => void, sha256: RunStore['sha256']): RunStore {
  const names = new Set<string>();
  return {
    has: (name) => names.has(name),
    write(name, data) {
      const bytes =
        data instanceof Uint8Array ? Uint8Array.from(data) : new TextEncoder().encode([...data].join(''));
      names.add(name);
      post({ kind: 'file', name, bytes });
    },
    sha256,
  };
}

function valuesOf({ train, test, ood }: Evaluations) {
  return {
    err_train: train.err,
    err_test: test.err,
    err_ood: ood.err,
    copy_err_test: test.copy_err,
    copy_err_ood: ood.copy_err,
    loss_train: train.loss,
    loss_test: test.loss,
    loss_ood: ood.loss,
  };
}
