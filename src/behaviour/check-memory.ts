import { freemem } from 'node:os';
import { InputError } from '../errors.js';
import { bytesOfPass } from '../forward/kernel/plan.js';
import type { Architecture } from '../model/architecture.js';

/** What is going to be run. */
export interface PlannedPass {
  readonly sequences: number;
  /** Tokens of each. */
  readonly length: number;
  /** Threads that sequences are shared by, or that each run a checkpoint. */
  readonly threads: number;
  /** Whether threads share the sequences, rather than running all of them. */
  readonly shared: boolean;
  /** Maps of all heads at once, or of a layer's at a time. */
  readonly attention: 'none' | 'layer' | 'all';
}

/** What a thread takes before it holds a weight. */
const threadBytes = 60e6;

/**
 * Bytes that a run takes, about: of each thread its activations, the residual stream it hands on, its maps, and the largest
 * matrix as the file holds it and decoded; the embedding is read by rows.
 */
export function memoryOfRun(architecture: Architecture, plan: PlannedPass): number {
  const { layers, heads, keyHeads, headWidth: h, width: d, mlp } = architecture;
  const { length: T, threads } = plan;
  const sequences = plan.shared ? Math.ceil(plan.sequences / threads) : plan.sequences;
  const matrix = 8 * d * Math.max((heads + 2 * keyHeads) * h, mlp?.width ?? 0);
  const maps = { none: 0, layer: heads, all: layers * heads }[plan.attention] * sequences * T * T * 4;
  const streams = plan.attention === 'layer' ? 2 * sequences * T * d * 4 : 0;
  // Maps of all heads are sent from the thread and joined.
  const joined = plan.attention === 'all' ? 2 * maps : maps;
  return threads * (threadBytes + bytesOfPass(architecture, sequences, T) + matrix + streams + joined);
}

/** Shown in steps that a reader takes in at once. */
function shown(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

/**
 * Holds, before anything is run, that the memory suffices.
 * @param file named in the error   @param available in bytes; what the machine has free unless given
 * @throws InputError that says how much is needed, and what would suffice
 */
export function checkMemory(
  architecture: Architecture,
  plan: PlannedPass,
  file: string,
  available = freemem(),
): void {
  const needed = memoryOfRun(architecture, plan);
  if (needed <= available) return;
  const smaller = [
    { change: '--jobs 1', plan: { ...plan, threads: 1 } },
    { change: 'one sequence at a time with --jobs 1', plan: { ...plan, threads: 1, sequences: 1 } },
  ].find(({ plan: other }) => memoryOfRun(architecture, other) <= available);
  const remedy =
    smaller === undefined
      ? 'give shorter sequences, or run it on a larger machine'
      : `${shown(memoryOfRun(architecture, smaller.plan))} suffice for ${smaller.change}`;
  throw new InputError(
    `${file}: running it on ${plan.sequences} sequences of ${plan.length} tokens needs about ${shown(needed)} of memory, ${shown(available)} are free; ${remedy}`,
  );
}
