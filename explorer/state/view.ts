import { type Signal, signal } from '@preact/signals';

/** A token of the sequence that is looked at, and the head that it is followed through. */
export interface FollowedToken {
  /** Its position. */
  readonly at: number;
  /** The head, as layer · heads + head. */
  readonly head: number;
}

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
  /** Sequence that the opened step is shown, as `ood.0` or `typed.5.1.5.1`. */
  readonly sequence: Signal<string>;
  /** Step that is compared with the opened one, as `1200.small_run`; null for none. */
  readonly pin: Signal<string | null>;
  /** What is changed in the weights of the opened step, as `1.0_keep_keys_6`; null for nothing. */
  readonly edit: Signal<string | null>;
  /** Token pointed out in the sequence while the pointer is on none; null for none. */
  readonly followed: Signal<FollowedToken | null>;
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
    sequence: signal('ood.0'),
    pin: signal(null),
    edit: signal(null),
    followed: signal<FollowedToken | null>(null),
  };
}
