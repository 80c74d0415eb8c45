import { createEngine } from '../model/create-engine.js';
import { createStream } from '../random/stream.js';
import type { RunConfig } from '../run/config.js';
import { waitForTeam } from './barrier.js';
import { countErrors, labelSmoothing } from './count-errors.js';
import { learningRate } from './schedule.js';
import { slice } from './sequences.js';
import { createTask } from './task.js';
import {
  control,
  countFields,
  evaluationParts,
  longestStretch,
  shardCount,
  type TeamMemory,
} from './team-memory.js';

/** Which member of a team, and how it computes. */
export interface MemberOptions {
  readonly config: RunConfig;
  readonly index: number;
  /** Members in the team. */
  readonly count: number;
  readonly fast: boolean;
  readonly memory: TeamMemory;
}

/** How far a stretch of training came. */
export interface Stretch {
  /** Updates done since the start of the run. */
  readonly reached: number;
  /** Set when the loss of update number `reached` (from 0) is not finite; that update was not done. */
  readonly diverged: boolean;
}

/**
 * One of those who train a model together. Every member holds the whole model and computes the gradients of some shards; all
 * of them sum all shards in the same order and make the same update, so that their models keep the same bits.
 */
export interface TeamMember {
  /** Takes parameters and moments from the shared state. */
  load(): void;
  /** Does the updates from number `from` (from 0) to `to` - 1, or fewer when stopped. All members must be called. */
  train(from: number, to: number): Stretch;
  /** Writes parameters and moments to the shared state. One member does it, since all have the same. */
  publish(): void;
  /**
   * Counts the errors of a part that no other member has taken.
   * @param step updates done   @returns false when no part was left, or when all are to stop
   */
  evaluatePart(step: number): boolean;
}

/**
 * Sets up a member.
 * @throws InputError when the model does not fit into memory, or `fast` is not to be had
 */
export function createMember({ config, index, count, fast, memory }: MemberOptions): TeamMember {
  const engine = createEngine(config, { fast });
  const size = engine.layout.length;
  const task = createTask(config);
  const parts = evaluationParts(config);
  const { batch_size: batch, max_seq_len: length } = config;
  const scale = 1 / (batch * (length - 1));
  const dropoutSeed = createStream(config.seed, 'dropout').word();
  const slotAt = (step: number, shard: number) => (step % 2) * shardCount + shard;
  const slots = Array.from({ length: 2 * shardCount }, (_, slot) =>
    memory.gradients.subarray(slot * size, (slot + 1) * size),
  );
  const boundary = (shard: number) => Math.floor((shard * batch) / shardCount);
  // Neighbouring shards to one member: their sizes differ by one, and so even out.
  const [firstShard, endShard] = [index, index + 1].map((at) => Math.floor((at * shardCount) / count)) as [
    number,
    number,
  ];

  const accumulateShard = (step: number, shard: number) => {
    const [from, to] = [boundary(shard), boundary(shard + 1)];
    const { tokens } = task.batch(step, from, to);
    engine.clearGradients();
    memory.lossSums[slotAt(step, shard)] = engine.accumulate(tokens, {
      scale,
      labelSmoothing: labelSmoothing(config),
      dropout: config.dropout > 0 ? { seed: dropoutSeed, step, firstSequence: from } : null,
    });
    slots[slotAt(step, shard)]!.set(engine.gradients);
  };
  const sumShards = (step: number) => {
    engine.gradients.set(slots[slotAt(step, 0)]!);
    for (let shard = 1; shard < shardCount; shard++) engine.addGradients(slots[slotAt(step, shard)]!);
  };
  const meanLoss = (step: number) => {
    let sum = 0;
    for (let shard = 0; shard < shardCount; shard++) sum += memory.lossSums[slotAt(step, shard)]!;
    return sum * scale;
  };

  return {
    load() {
      engine.load(memory.state.subarray(0, size));
      engine.moments.m.set(memory.state.subarray(size, 2 * size));
      engine.moments.v.set(memory.state.subarray(2 * size));
    },
    train(from, to) {
      let reached = from;
      let diverged = false;
      for (let stop = false; reached < to && !stop; ) {
        const step = reached;
        for (let shard = firstShard; shard < endShard; shard++) accumulateShard(step, shard);
        // One member passes the wish to stop on, so that all stop after the same step.
        if (index === 0 && Atomics.load(memory.control, control.stop) !== 0) {
          Atomics.store(memory.control, control.stopAfter, step + 1);
        }
        waitForTeam(memory.control, count);
        const loss = meanLoss(step);
        if (index === 0) memory.losses[(step - from) % longestStretch] = loss;
        diverged = !Number.isFinite(loss);
        if (diverged) break;
        sumShards(step);
        engine.adamw({ lr: learningRate(config, step), step: step + 1, weightDecay: config.wd });
        reached++;
        stop = Atomics.load(memory.control, control.stopAfter) === reached;
      }
      return { reached, diverged };
    },
    publish() {
      memory.state.set(engine.parameters);
      memory.state.set(engine.moments.m, size);
      memory.state.set(engine.moments.v, 2 * size);
    },
    evaluatePart(step) {
      if (Atomics.load(memory.control, control.stop) !== 0) return false;
      const number = Atomics.add(memory.control, control.nextPart, 1);
      const part = parts[number];
      if (part === undefined) return false;
      const { set, from, to } = part;
      const sequences = set === 'train' ? task.batch(step - 1, from, to) : slice(memory[set], from, to);
      const counts = countErrors(engine, sequences, config);
      countFields.forEach((field, at) => {
        memory.counts[number * countFields.length + at] = counts[field];
      });
      return true;
    },
  };
}
