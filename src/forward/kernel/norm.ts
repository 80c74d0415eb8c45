import type { NormRule } from '../../model/architecture.js';
import type { NormWeights } from '../../model/weights.js';
import type { ForwardMachine } from './machine.js';

/** Gain and shift of a norm in the kernels' memory. */
export interface PlacedNorm {
  readonly gain: number;
  readonly shift: number;
  readonly width: number;
  readonly rule: NormRule;
}

/** Room for a norm over `width` features, to be filled again and again. */
export function normRoom(machine: ForwardMachine, width: number): { gain: number; shift: number } {
  return { gain: machine.room(4 * width), shift: machine.room(4 * width) };
}

/** Writes a norm's gain and shift; 1 and 0 where it has none. */
export function placeNorm(
  machine: ForwardMachine,
  room: { readonly gain: number; readonly shift: number },
  width: number,
  rule: NormRule,
  { gain, shift }: NormWeights,
): PlacedNorm {
  const gains = machine.floats(room.gain, width);
  const shifts = machine.floats(room.shift, width);
  if (gain === null) gains.fill(1);
  else gains.set(gain);
  if (shift === null) shifts.fill(0);
  else shifts.set(shift);
  return { ...room, width, rule };
}

/**
 * Applies it to blocks of eight tokens.
 * @param row bytes from one feature to the next   @param step bytes from one block to the next
 */
export function applyNorm(
  { kernels }: ForwardMachine,
  { gain, shift, width, rule }: PlacedNorm,
  x: number,
  y: number,
  { row, blocks, step }: { readonly row: number; readonly blocks: number; readonly step: number },
): void {
  const centred = rule.kind === 'layer';
  kernels.normalize(x, y, gain, shift, width, row, blocks, step, rule.epsilon, centred);
}
