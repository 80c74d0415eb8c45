import { createMember, type MemberOptions, type Stretch } from './member.js';
import type { Members } from './team.js';
import { control } from './team-memory.js';

/** Called after each step and each part of an evaluation: it may let events through, and so take its time. */
export type YieldToEvents = () => Promise<void> | undefined;

/**
 * This thread alone.
 * @throws InputError as `createMember`
 */
export function memberHere(
  options: Omit<MemberOptions, 'index' | 'count'>,
  yieldToEvents: YieldToEvents,
): Members {
  const member = createMember({ ...options, index: 0, count: 1 });
  const { control: flags, losses } = options.memory;
  const train = async (from: number, to: number): Promise<Stretch> => {
    const done: number[] = [];
    let stretch: Stretch = { reached: from, diverged: false };
    while (stretch.reached < to) {
      const before = stretch.reached;
      stretch = member.train(before, before + 1);
      if (stretch.diverged) break;
      done.push(losses[0]!);
      await yieldToEvents();
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
      else while (member.evaluatePart(order.step)) await yieldToEvents();
      return undefined;
    },
    async close() {},
  };
}
