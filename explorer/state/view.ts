import { type Signal, signal } from '@preact/signals';

/** What a reader looks at: one record of signals, shared by every part of the page. */
export interface View {
  /** Settings that are switched off. */
  readonly hidden: Signal<ReadonlySet<string>>;
  /** The run whose step is opened; null for the first one shown. */
  readonly focus: Signal<string | null>;
  /** The selected step; null until one is chosen. */
  readonly step: Signal<number | null>;
  /** The step below the pointer; null when it is elsewhere. */
  readonly hover: Signal<number | null>;
  readonly rank: Signal<number>;
  readonly relPos: Signal<number>;
  readonly match: Signal<'mean' | 'largest'>;
  readonly axis: Signal<'log' | 'linear'>;
  /** First and last step of the axis; null for all. */
  readonly zoom: Signal<readonly [number, number] | null>;
  /** Runs in the same panels, or each in a row of its own. */
  readonly layout: Signal<'overlaid' | 'beside'>;
  /** Pair of heads `0.0>1.0` to show; null for the pair with the highest z-score. */
  readonly pair: Signal<string | null>;
  /** Measure of the sixth panel, as `measure/of/statistic`; empty for the first there is. */
  readonly extra: Signal<string>;
}

/** A view with nothing chosen yet. */
export function createView(): View {
  return {
    hidden: signal<ReadonlySet<string>>(new Set()),
    focus: signal(null),
    step: signal(null),
    hover: signal(null),
    rank: signal(10),
    relPos: signal(0),
    match: signal<'mean' | 'largest'>('mean'),
    axis: signal<'log' | 'linear'>('log'),
    zoom: signal<readonly [number, number] | null>(null),
    layout: signal<'overlaid' | 'beside'>('overlaid'),
    pair: signal(null),
    extra: signal(''),
  };
}
