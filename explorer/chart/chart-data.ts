import type { PanelBaseline } from '../../src/figure/panel.js';

/** One line of a chart; NaN is a gap. */
export interface ChartLine {
  /** What it is called at its end, such as `OOD` or the run's name; may be empty. */
  readonly label: string;
  /** What it is called when it is pointed at; its label unless given. */
  readonly name?: string;
  /** A colour token, such as `run-1`. */
  readonly colour: string;
  readonly width: number;
  readonly dashed?: boolean;
  readonly dots?: boolean;
  /** Thin and pale, behind the others, without a label: one of many heads. */
  readonly faint?: boolean;
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A step worth a mark on the axis. */
export interface ChartMark {
  readonly step: number;
  readonly colour: string;
  readonly kind: 'half' | 'broken';
}

/** What a chart shows; equal objects are drawn once. */
export interface ChartData {
  readonly lines: readonly ChartLine[];
  readonly baselines: readonly PanelBaseline[];
  readonly marks: readonly ChartMark[];
  /** Values that the axis holds at least. */
  readonly range?: readonly [number, number] | undefined;
  /** The axis of steps that all charts of the page share, so that one cursor runs through them. */
  readonly span?: StepSpan | undefined;
  /** The pair of heads that the strong lines are of, where it is the same in all runs. */
  readonly pair?: string | undefined;
  /** Said in place of lines. */
  readonly note?: string | undefined;
}

/** An axis of steps from 0 on. */
export interface StepSpan {
  /** First checkpoint after step 0: up to there a logarithmic axis is linear, so that it has a place for 0. */
  readonly first: number;
  readonly last: number;
  /** Letters of the longest name at a line end. */
  readonly letters: number;
}

/** Which part of it, and on what axis. */
export interface ChartWindow {
  readonly axis: 'log' | 'linear';
  /** First and last step; null for all. */
  readonly zoom: readonly [number, number] | null;
}
