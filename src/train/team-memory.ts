import { InputError } from '../errors.js';
import type { ParameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import { partSize } from './evaluate.js';
import type { Sequences } from './sequences.js';

/**
 * Into how many shards a batch is cut, whatever the number of workers: gradients are summed shard by shard, so this is part
 * of what determines the bits. More would let more workers help, but each costs about as much as one sequence.
 */
export const shardCount = 4;

/** Steps that the members of a team do on their own, at most, before they report. */
export const longestStretch = 256;

/** Places in `TeamMemory.control`. */
export const control = {
  arrived: 0,
  generation: 1,
  stop: 2,
  stopAfter: 3,
  nextPart: 4,
  done: 5,
  size: 8,
} as const;

/** Numbers that `TeamMemory.counts` holds of a part: the fields of `ErrorCounts`. */
export const countFields = [
  'lossSum',
  'predictions',
  'correct',
  'masked',
  'copy_correct',
  'copy_positions',
] as const;

/** What the members of a team share. All of it is shared memory when they are worker threads. */
export interface TeamMemory {
  /** Counters of the barrier, and flags; see `control`. */
  readonly control: Int32Array;
  /** Twice shards × parameters: even and odd steps take turns, so that one barrier a step is enough. */
  readonly gradients: Float32Array;
  /** Twice shards: sums of losses. */
  readonly lossSums: Float64Array;
  /** Mean loss of each step of a stretch. */
  readonly losses: Float64Array;
  /** Parameters, then both moments: read by the members when they start, written by the first when it has trained. */
  readonly state: Float32Array;
  readonly test: Sequences;
  readonly ood: Sequences;
  /** Error counts of each part that an evaluation consists of, `countFields` each. */
  readonly counts: Float64Array;
}

/** The parts of an evaluation, in the order in which they are summed: which set, and which of its sequences. */
export interface EvaluationPart {
  readonly set: 'train' | 'test' | 'ood';
  readonly from: number;
  readonly to: number;
}

/** Cuts the batch and both test sets into parts. */
export function evaluationParts(config: RunConfig): EvaluationPart[] {
  const sizes = { train: config.batch_size, test: config.sample_size_test, ood: config.sample_size_test };
  return (['train', 'test', 'ood'] as const).flatMap((set) =>
    Array.from({ length: Math.ceil(sizes[set] / partSize) }, (_, part) => ({
      set,
      from: part * partSize,
      to: Math.min(sizes[set], (part + 1) * partSize),
    })),
  );
}

/**
 * Allocates what a team shares.
 * @param shared for worker threads
 * @throws InputError when there is not so much memory
 */
export function createTeamMemory(
  config: RunConfig,
  layout: ParameterLayout,
  sets: { readonly test: Sequences; readonly ood: Sequences },
  shared: boolean,
): TeamMemory {
  try {
    return allocate(config, layout, sets, shared);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(
      `the gradients of the model need more memory than is available (${error.message}); choose smaller sizes`,
    );
  }
}

function allocate(
  config: RunConfig,
  layout: ParameterLayout,
  sets: { readonly test: Sequences; readonly ood: Sequences },
  shared: boolean,
): TeamMemory {
  const bytes = (count: number) => (shared ? new SharedArrayBuffer(count) : new ArrayBuffer(count));
  const integers = (values: Int32Array) => {
    const copy = new Int32Array(bytes(values.byteLength));
    copy.set(values);
    return copy;
  };
  const share = ({ tokens, lengths, starts }: Sequences): Sequences =>
    shared
      ? { tokens: integers(tokens), lengths: integers(lengths), starts: starts && integers(starts) }
      : { tokens, lengths, starts };
  const parts = evaluationParts(config).length;
  return {
    control: integers(new Int32Array(control.size)),
    gradients: new Float32Array(bytes(4 * 2 * shardCount * layout.length)),
    lossSums: new Float64Array(bytes(8 * 2 * shardCount)),
    losses: new Float64Array(bytes(8 * longestStretch)),
    state: new Float32Array(bytes(4 * 3 * layout.length)),
    test: share(sets.test),
    ood: share(sets.ood),
    counts: new Float64Array(bytes(8 * parts * countFields.length)),
  };
}
