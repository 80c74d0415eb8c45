import type { Engine } from '../model/engine.js';
import type { RunConfig } from '../run/config.js';
import type { Sequences } from './sequences.js';

/** Which positions of the mask M belong to a run: the options that decide. */
export type MaskOptions = Pick<RunConfig, 'max_seq_len' | 'ignore_segment' | 'ignore_burning'>;

/** Positions `from` to `to` - 1 where M is 1; those up to `determined` - 1 predict a token that the rule determines. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly determined: number;
}

/** Sums over sequences, from which losses and errors follow. Sums of parts add up. */
export interface ErrorCounts {
  /** Sum of the losses, and the number of predictions behind it, N·(T - 1). */
  readonly lossSum: number;
  readonly predictions: number;
  /** Right predictions where M is 1, and the size of M, which counts the last position though nothing follows it. */
  readonly correct: number;
  readonly masked: number;
  /** The same over positions that the rule determines. */
  readonly copy_correct: number;
  readonly copy_positions: number;
}

export const noCounts: ErrorCounts = {
  lossSum: 0,
  predictions: 0,
  correct: 0,
  masked: 0,
  copy_correct: 0,
  copy_positions: 0,
};

/**
 * The positions where M is 1 in sequence s.
 * Varied repetition: [start_j + ignore_burning, start_j + L) for the copies j ≥ ignore_segment; the last of a copy predicts a
 * background token. Simple repetition: t ≥ L·ignore_segment + ignore_burning, all determined but the last, which nothing follows.
 * Source: notebook and public code, `get_err_mask`; it raises for simple repetition.
 */
export function maskedSpans({ lengths, starts }: Sequences, s: number, options: MaskOptions): Span[] {
  const { max_seq_len: end, ignore_segment: segment, ignore_burning: burning } = options;
  const patternLength = lengths[s]!;
  if (starts === null) {
    const from = patternLength * segment + burning;
    return from < end ? [{ from, to: end, determined: end - 1 }] : [];
  }
  const spans: Span[] = [];
  for (let copy = segment; copy < 2; copy++) {
    const start = starts[2 * s + copy]!;
    const [from, to] = [start + burning, start + patternLength];
    if (from < to) spans.push({ from, to, determined: to - 1 });
  }
  return spans;
}

/**
 * Counts right predictions of a model on sequences: argmax logits_t = x_{t+1}.
 * @throws InputError when a token is not below vocab_size
 */
export function countErrors(
  engine: Pick<Engine<Float32Array | Float64Array>, 'forward'>,
  sequences: Sequences,
  config: MaskOptions & Pick<RunConfig, 'label_smoothing'>,
): ErrorCounts {
  const { tokens, lengths } = sequences;
  const { max_seq_len: length } = config;
  const { predictions, lossSum } = engine.forward(tokens, {
    labelSmoothing: labelSmoothing(config),
  });
  let [correct, masked, copyCorrect, copyPositions] = [0, 0, 0, 0];
  for (let s = 0; s < lengths.length; s++) {
    for (const { from, to, determined } of maskedSpans(sequences, s, config)) {
      masked += to - from;
      copyPositions += determined - from;
      for (let t = from; t < to && t < length - 1; t++) {
        if (predictions[s * length + t] !== tokens[s * length + t + 1]) continue;
        correct++;
        if (t < determined) copyCorrect++;
      }
    }
  }
  return {
    lossSum,
    predictions: lengths.length * (length - 1),
    correct,
    masked,
    copy_correct: copyCorrect,
    copy_positions: copyPositions,
  };
}

/** Sums of two parts; add parts in a fixed order, since the losses are floating-point. */
export function addCounts(a: ErrorCounts, b: ErrorCounts): ErrorCounts {
  return {
    lossSum: a.lossSum + b.lossSum,
    predictions: a.predictions + b.predictions,
    correct: a.correct + b.correct,
    masked: a.masked + b.masked,
    copy_correct: a.copy_correct + b.copy_correct,
    copy_positions: a.copy_positions + b.copy_positions,
  };
}

/** Share of the target that PyTorch's `label_smoothing` spreads over all tokens when the option is on. */
export function labelSmoothing({ label_smoothing }: Pick<RunConfig, 'label_smoothing'>): number {
  return label_smoothing ? 0.1 : 0;
}
