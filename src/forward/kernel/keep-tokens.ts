import type { ForwardMachine } from './machine.js';
import { type Panels, panelCount } from './panels.js';
import type { PassMemory } from './plan.js';

/**
 * Goes on with some tokens of a pass alone, moved together: where attention is over, each needs no other.
 * @param kept numbers of the tokens, in order   @param streams what is to be moved: the residual stream, and what is not yet added to it
 */
export function keepTokens(
  machine: ForwardMachine,
  memory: PassMemory,
  kept: Int32Array,
  streams: readonly Panels[],
): PassMemory {
  const panels = panelCount(kept.length);
  for (const { at, features } of streams) {
    const values = machine.floats(at, memory.panels * 8 * features);
    // A token moves to a place at or before its own, which by then is moved or not kept.
    kept.forEach((token, place) => {
      let from = firstOf(token, features);
      let to = firstOf(place, features);
      for (let c = 0; c < features; c++, from += 8, to += 8) values[to] = values[from]!;
    });
  }
  return { ...memory, panels };
}

function firstOf(token: number, features: number): number {
  return (token >> 3) * 8 * features + (token & 7);
}
