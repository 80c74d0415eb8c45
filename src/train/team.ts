import { addCounts, type ErrorCounts, noCounts } from './count-errors.js';
import { type Evaluation, evaluationOf } from './evaluate.js';
import type { Stretch } from './member.js';
import { control, countFields, type EvaluationPart, longestStretch, type TeamMemory } from './team-memory.js';

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
  /** Takes a `stop` back once what it stopped has ended. */
  resume(): void;
  close(): Promise<void>;
}

/** What the members of a team are asked to do; they all get the same. */
export type Order =
  | { readonly kind: 'load' }
  | { readonly kind: 'train'; readonly from: number; readonly to: number }
  | { readonly kind: 'evaluate'; readonly step: number };

/** Gives an order to all members, and resolves to what the first answers when all have answered. */
export interface Members {
  order(order: Order): Promise<Stretch | undefined>;
  close(): Promise<void>;
}

export interface LeadOptions {
  readonly members: Members;
  readonly memory: TeamMemory;
  /** The parts of an evaluation. */
  readonly parts: readonly EvaluationPart[];
  /** How long members train on their own before they report, in milliseconds. */
  readonly reportInterval: number;
}

/** Leads members that work on one memory. */
export function leadTeam({ members, memory, parts, reportInterval }: LeadOptions): Team {
  const length = memory.state.length / 3;
  const view = (at: number) => memory.state.subarray(at * length, (at + 1) * length);
  const state: ModelState = { parameters: view(0), m: view(1), v: view(2) };
  return {
    state,
    async load(from) {
      for (const name of ['parameters', 'm', 'v'] as const) state[name].set(from[name]);
      await members.order({ kind: 'load' });
    },
    async train(from, to, onLosses) {
      let at = from;
      for (let length = 1; ; ) {
        const end = Math.min(to, at + length);
        const started = performance.now();
        const stretch = (await members.order({ kind: 'train', from: at, to: end }))!;
        const pace = (performance.now() - started) / Math.max(1, stretch.reached - at);
        onLosses(at, memory.losses.slice(0, stretch.reached - at));
        at = stretch.reached;
        if (at < end || at === to || stretch.diverged) return stretch;
        length = Math.max(1, Math.min(longestStretch, Math.round(reportInterval / pace)));
      }
    },
    async evaluate(step) {
      Atomics.store(memory.control, control.nextPart, 0);
      await members.order({ kind: 'evaluate', step });
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
    resume() {
      Atomics.store(memory.control, control.stop, 0);
    },
    close: () => members.close(),
  };
}

function countsAt(memory: TeamMemory, part: number): ErrorCounts {
  const at = part * countFields.length;
  return Object.fromEntries(
    countFields.map((field, i) => [field, memory.counts[at + i]!]),
  ) as unknown as ErrorCounts;
}
