import type { ReadonlySignal, Signal } from '@preact/signals';
import type { RunSource } from '../source/run-source.js';
import { measuredRanks, measuredRelPos } from './measured.js';
import { neighbour } from './neighbour.js';
import { checkpointSteps, shownSources, stepBeside, toggleRun } from './selection.js';
import { dark, theme } from './theme.js';
import type { View } from './view.js';

/** What keys do, in the words of the list that `?` shows. */
export const keyList: readonly (readonly [keys: string, what: string])[] = [
  ['← →', 'previous, next checkpoint'],
  ['Shift ← →', 'ten checkpoints back, on'],
  ['Home End', 'first, last checkpoint'],
  ['[ ]', 'smaller, larger rank'],
  [', .', 'smaller, larger relative position'],
  ['m', 'match: mean or largest cosine'],
  ['l', 'log or linear axis'],
  ['s', 'runs overlaid or side by side'],
  ['1 … 9', 'switch a run on or off'],
  ['+ −', 'zoom in and out around the selected step'],
  ['0', 'show all steps'],
  ['d', 'light or dark'],
  ['t', 'guided tour'],
  ['?', 'this list'],
  ['Esc', 'close what is open'],
];

export interface KeyTargets {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
  readonly help: Signal<boolean>;
  readonly tour: Signal<number | null>;
}

/** Listens for keys wherever the reader is, except in fields that take text. @returns a function that ends it */
export function listenToKeys(targets: KeyTargets): () => void {
  const down = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    if (
      target instanceof Element &&
      target.closest('input:not([type=range]), textarea, select, [contenteditable]')
    ) {
      return;
    }
    // A slider or a group of choices has arrow keys of its own.
    const isOwn =
      target instanceof Element && target.closest('[type=range], [type=radio], [role=slider]') !== null;
    if (isOwn && /^Arrow|^Home|^End/.test(event.key)) return;
    if (press(event.key, event.shiftKey, targets)) event.preventDefault();
  };
  addEventListener('keydown', down);
  return () => removeEventListener('keydown', down);
}

function press(key: string, shift: boolean, { sources, view, selected, help, tour }: KeyTargets): boolean {
  const shown = shownSources(sources.value, view);
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight':
      return move((key === 'ArrowLeft' ? -1 : 1) * (shift ? 10 : 1));
    case 'Home':
      return move(Number.NEGATIVE_INFINITY);
    case 'End':
      return move(Number.POSITIVE_INFINITY);
    case '[':
    case ']':
      return step(view.rank, measuredRanks(shown), key === ']' ? 1 : -1);
    case ',':
    case '.':
      return step(view.relPos, measuredRelPos(shown), key === '.' ? 1 : -1);
    case 'm':
      view.match.value = view.match.value === 'mean' ? 'largest' : 'mean';
      return true;
    case 'l':
      view.axis.value = view.axis.value === 'log' ? 'linear' : 'log';
      return true;
    case 's':
      view.layout.value = view.layout.value === 'overlaid' ? 'beside' : 'overlaid';
      return true;
    case '+':
    case '=':
      return zoom(0.5);
    case '-':
      return zoom(2);
    case '0':
      view.zoom.value = null;
      return true;
    case 'd':
      theme.value = dark.value ? 'light' : 'dark';
      return true;
    case 't':
      tour.value = tour.value === null ? 0 : null;
      return true;
    case '?':
      help.value = !help.value;
      return true;
    case 'Escape':
      help.value = false;
      tour.value = null;
      return true;
  }
  if (/^[1-9]$/.test(key)) {
    const run = sources.value[Number(key) - 1];
    if (run !== undefined) toggleRun(sources.value, view, run.setting);
    return run !== undefined;
  }
  return false;

  function move(by: number): boolean {
    const steps = checkpointSteps(shown);
    if (steps.length === 0 || selected.value === null) return false;
    view.step.value = stepBeside(steps, selected.value, by);
    return true;
  }

  function zoom(factor: number): boolean {
    const steps = checkpointSteps(shown);
    const last = steps.at(-1);
    if (last === undefined) return false;
    const [from, to] = view.zoom.value ?? [0, last];
    const middle = Math.max(from, Math.min(to, selected.value ?? to));
    const next = [middle - (middle - from) * factor, middle + (to - middle) * factor].map(Math.round);
    const clamped = [Math.max(0, next[0]!), Math.min(last, next[1]!)] as const;
    const isAll = clamped[0] === 0 && clamped[1] === last;
    if (clamped[1] - clamped[0] >= 2) view.zoom.value = isAll ? null : clamped;
    return true;
  }
}

function step(signal: Signal<number>, choices: readonly number[], by: number): boolean {
  const next = neighbour(choices, signal.value, by);
  if (next !== undefined) signal.value = next;
  return true;
}
