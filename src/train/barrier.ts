import { control } from './team-memory.js';

/** Looks at the barrier before sleeping: members mostly arrive within microseconds of each other. */
const spins = 200;

/** Waits until all `count` members of a team have arrived. */
export function waitForTeam(memory: Int32Array, count: number): void {
  if (count === 1) return;
  const generation = Atomics.load(memory, control.generation);
  if (Atomics.add(memory, control.arrived, 1) === count - 1) {
    Atomics.store(memory, control.arrived, 0);
    Atomics.add(memory, control.generation, 1);
    Atomics.notify(memory, control.generation);
    return;
  }
  for (let spin = 0; spin < spins; spin++) {
    if (Atomics.load(memory, control.generation) !== generation) return;
  }
  while (Atomics.load(memory, control.generation) === generation) {
    Atomics.wait(memory, control.generation, generation);
  }
}
