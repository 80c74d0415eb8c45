import { type Signal, signal } from '@preact/signals';
import { type HashEntry, textEntry, wordEntry } from '../state/hash.js';
import type { PairOrder } from './pair-rows.js';

/** What a reader looks at among the heads; the pair itself, rank, relative position and step are the page's. */
export interface HeadsView {
  /** Measure of pairs, by its id; empty for the first there is. */
  readonly measure: Signal<string>;
  /** Colour of the grid: the id of a head's own measure, or the strongest pair it writes or reads in. */
  readonly colour: Signal<string>;
  readonly writes: Signal<string>;
  readonly reads: Signal<string>;
  /** Least value of the pairs that are listed, as typed. */
  readonly least: Signal<string>;
  readonly order: Signal<PairOrder>;
  /** What the model is given to read; empty for nothing. */
  readonly text: Signal<string>;
  /** Pair below the pointer. */
  readonly hover: Signal<string | null>;
}

export function createHeadsView(): HeadsView {
  return {
    measure: signal(''),
    colour: signal('reads'),
    writes: signal(''),
    reads: signal(''),
    least: signal(''),
    order: signal<PairOrder>('value'),
    text: signal(''),
    hover: signal(null),
  };
}

/** The part of it that stands in the address bar. */
export function headsEntries(view: HeadsView): HashEntry[] {
  return [
    textEntry('pairs', view.measure),
    textEntry('colour', view.colour),
    textEntry('writes', view.writes),
    textEntry('reads', view.reads),
    textEntry('least', view.least),
    textEntry('text', view.text),
    wordEntry('order', view.order, ['value', 'writer', 'reader', 'q']),
  ];
}
