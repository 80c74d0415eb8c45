import { Worker } from 'node:worker_threads';
import { InputError } from '../errors.js';
import { parameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import { addCounts, type ErrorCounts, noCounts } from './count-errors.js';
import { type Evaluation, evaluationOf } from './evaluate.js';
import { createMember, type MemberOptions, type Stretch } from './member.js';
import type { Sequences } from './sequences.js';
import {
  control,
  countFields,
  createTeamMemory,
  evaluationParts,
  longestStretch,
  shardCount,
  type TeamMemory,
} from './team-memory.js';

/** Parameters and both moments, flat. */
export interface ModelState {
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** Evaluations of the batch just trained on and of both test sets. */
export type Evaluations = Readonly<Record<'train' | 'test' | 'ood', Evaluation>>;

/** Those who train a model together: worker threads, or just this thread. The results do not depend on how many they are. */
export interface Team {
  /** The model as it was after the last call of `train`; views that the next call changes. */
  readonly state: ModelState;
  /** Starts from this model. */
  load(state: ModelState): Promise<void>;
  /**
   * Does the updates from number `from` (from 0) to `to` - 1, or fewer when stopped or when the loss is not finite.
   * @param onLosses called every now and then with the mean losses of the updates from `first` on
   */
  train(from: number, to: number, onLosses: (first: number, losses: Float64Array) => void): Promise<Stretch>;
  /** Evaluates the present model; `step` updates were done. @returns null when stopped */
  evaluate(step: number): Promise<Evaluations | null>;
  /** Makes `train` stop after the step it is at, and `evaluate` after the part it is at. May be called at any time. */
  stop(): void;
  close(): Promise<void>;
}

export interface TeamOptions {
  readonly config: RunConfig;
  readonly sets: { readonly test: Sequences; readonly ood: Sequences };
  /** With 1, everything runs in this thread. */
  readonly jobs: number;
  readonly fast: boolean;
}

/** What a member is asked to do; they all get the same. */
export type Order =
  | { readonly kind: 'load' }
  | { readonly kind: 'train'; readonly from: number; readonly to: number }
  | { readonly kind: 'evaluate'; readonly step: number };

/** Gives an order to all members, and resolves to what the first answers when all have answered. */
interface Crew {
  order(order: Order): Promise<Stretch | undefined>;
  close(): Promise<void>;
}

/** How long this thread works before it lets signals and timers through, in milliseconds. */
const breath = 100;

/** How long members train on their own before they report, in milliseconds: progress is shown about so often. */
const reportInterval = 400;

/**
 * Puts a team together.
 * @throws InputError when the model does not fit into memory, or `fast` is not to be had
 */
export async function createTeam({ config, sets, jobs, fast }: TeamOptions): Promise<Team> {
  const layout = parameterLayout(config);
  const parts = evaluationParts(config);
  // Members beyond the number of shards help with evaluations only.
  const count = Math.max(1, Math.min(jobs, Math.max(shardCount, parts.length)));
  const memory = allocate(() => createTeamMemory(config, layout, sets, count > 1));
  const options = { config, count, fast, memory };
  const crew = count === 1 ? aloneCrew({ ...options, index: 0 }) : await workerCrew(options);
  const view = (at: number) => memory.state.subarray(at * layout.length, (at + 1) * layout.length);
  const state: ModelState = { parameters: view(0), m: view(1), v: view(2) };

  return {
    state,
    async load(from) {
      for (const name of ['parameters', 'm', 'v'] as const) state[name].set(from[name]);
      await crew.order({ kind: 'load' });
    },
    async train(from, to, onLosses) {
      let at = from;
      for (let length = 1; ; ) {
        const end = Math.min(to, at + length);
        const started = performance.now();
        const stretch = (await crew.order({ kind: 'train', from: at, to: end }))!;
        const pace = (performance.now() - started) / Math.max(1, stretch.reached - at);
        onLosses(at, memory.losses.slice(0, stretch.reached - at));
        at = stretch.reached;
        if (at < end || at === to || stretch.diverged) return stretch;
        length = Math.max(1, Math.min(longestStretch, Math.round(reportInterval / pace)));
      }
    },
    async evaluate(step) {
      Atomics.store(memory.control, control.nextPart, 0);
      await crew.order({ kind: 'evaluate', step });
      if (Atomics.load(memory.control, control.stop) !== 0) return null;
      const sums = { train: noCounts, test: noCounts, ood: noCounts };
      parts.forEach(({ set }, number) => {
        sums[set] = addCounts(sums[set], countsAt(memory, number));
      });
      return {
        train: evaluationOf(sums.train),
        test: evaluationOf(sums.test),
        ood: evaluationOf(sums.ood),
      };
    },
    stop() {
      Atomics.store(memory.control, control.stop, 1);
    },
    close: () => crew.close(),
  };
}

function countsAt(memory: TeamMemory, part: number): ErrorCounts {
  const at = part * countFields.length;
  return Object.fromEntries(
    countFields.map((field, i) => [field, memory.counts[at + i]!]),
  ) as unknown as ErrorCounts;
}

function allocate(make: () => TeamMemory): TeamMemory {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(
      `the gradients of the model need more memory than is available (${error.message}); choose smaller sizes`,
    );
  }
}

/** This thread alone: it lets signals and timers through every now and then. */
function aloneCrew(options: MemberOptions): Crew {
  const member = createMember(options);
  const { control: flags, losses } = options.memory;
  let last = performance.now();
  const breathe = async () => {
    if (performance.now() - last < breath) return;
    await new Promise(setImmediate);
    last = performance.now();
  };
  const train = async (from: number, to: number): Promise<Stretch> => {
    const done: number[] = [];
    let stretch: Stretch = { reached: from, diverged: false };
    while (stretch.reached < to) {
      const before = stretch.reached;
      stretch = member.train(before, before + 1);
      if (stretch.diverged) break;
      done.push(losses[0]!);
      await breathe();
      if (Atomics.load(flags, control.stop) !== 0) break;
    }
    losses.set(done);
    member.publish();
    return stretch;
  };
  return {
    async order(order) {
      if (order.kind === 'train') return train(order.from, order.to);
      if (order.kind === 'load') member.load();
      else while (member.evaluatePart(order.step)) await breathe();
      return undefined;
    },
    async close() {},
  };
}

/** Where worker threads find their code: beside this file once built, in the build while the sources are tested. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/train/worker.js' : './worker.js',
  import.meta.url,
);

async function workerCrew(options: Omit<MemberOptions, 'index'>): Promise<Crew> {
  const workers = Array.from(
    { length: options.count },
    (_, index) => new Worker(workerFile, { workerData: { ...options, index } }),
  );
  let closed = false;
  const answers = () =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise<Stretch | undefined>((resolve, reject) => {
            const settle = () => {
              worker.off('message', onMessage);
              worker.off('error', onError);
              worker.off('exit', onExit);
            };
            const onMessage = (answer: Answer) => {
              settle();
              if ('failure' in answer) reject(new InputError(answer.failure));
              else resolve(answer.stretch);
            };
            const onError = (error: Error) => {
              settle();
              reject(error);
            };
            const onExit = () => {
              settle();
              reject(new Error('a training worker ended before its work was done'));
            };
            worker.on('message', onMessage);
            worker.on('error', onError);
            worker.on('exit', onExit);
          }),
      ),
    );
  const close = async () => {
    if (closed) return;
    closed = true;
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const orEnd = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      // The others may be waiting for the one that failed.
      await close();
      throw error;
    }
  };
  await orEnd(answers());
  return {
    async order(order) {
      const done = answers();
      for (const worker of workers) worker.postMessage(order);
      const [first] = await orEnd(done);
      return first;
    },
    close,
  };
}

/** What a worker answers to an order, and once when it is ready. */
export type Answer = { readonly stretch: Stretch | undefined } | { readonly failure: string };
