import { InputError } from '../errors.js';
import type { Engine } from '../model/engine.js';
import type { RunConfig } from '../run/config.js';
import { maskedSpans, type Span } from '../train/count-errors.js';
import type { Copies } from './copies.js';

/** An engine that holds the checkpoint's parameters. */
export type ReadingEngine = Pick<Engine<Float32Array | Float64Array>, 'forward'>;

/** What a model does with one sequence of n tokens. */
export interface SequenceReading {
  readonly tokens: Int32Array<ArrayBuffer>;
  /** layers×heads×n×n, query by key. */
  readonly attention: Float32Array<ArrayBuffer>;
  /** n: the likeliest next token at each position, the first of equals. */
  readonly predictions: Int32Array<ArrayBuffer>;
  /** n - 1: cross entropy of the token that follows, without label smoothing. */
  readonly losses: Float32Array<ArrayBuffer>;
  /** n×`alternatives`: the likeliest next tokens, and their probabilities. */
  readonly likeliest: Int32Array<ArrayBuffer>;
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly alternatives: number;
  /**
   * n: the verdict on each token's prediction from the one before it. `asked` are those that the rule determines: the
   * second copy after its first tokens; the first token of a sequence is never predicted.
   */
  readonly verdicts: readonly SequenceVerdict[];
  /** Where the sequence repeats itself; null where it does not, or as a whole. */
  readonly copies: Copies | null;
}

export type SequenceVerdict = 'first' | 'right' | 'wrong' | 'free right' | 'free wrong';

/** A map of every head at every pair of positions must fit into memory and through a message. */
const mostAttention = 20_000_000;

/**
 * Attention of each head, predictions and losses on one sequence.
 * @param tokens 2 to T of them; padded with token 0, which no earlier position sees
 * @param copies where the pattern stands: what follows the first tokens of its second copy is asked for
 * @throws InputError when tokens do not fit the model, or its attention is too large to show
 */
export function readSequence(
  engine: ReadingEngine,
  config: RunConfig,
  tokens: Int32Array,
  copies: Copies | null,
): SequenceReading {
  const { max_seq_len: length, vocab_size: size, num_layers: layers, num_heads: heads } = config;
  const count = tokens.length;
  if (count < 2 || count > length) {
    throw new InputError(`expected 2 to max_seq_len = ${length} tokens, found ${count}`);
  }
  if (layers * heads * length * length > mostAttention) {
    throw new InputError(
      `attention of ${layers * heads} heads over ${length} positions is too large to show in a page`,
    );
  }
  const padded = new Int32Array(length);
  padded.set(tokens);
  const { predictions, losses, logits, attention } = engine.forward(padded, {
    logits: true,
    attention: true,
  });
  const kept = predictions.slice(0, count);
  const spans = copies === null ? [] : askedSpans(copies, config, count);
  const alternatives = Math.min(3, size);
  const top = likeliest(logits!, count, size, alternatives);
  return {
    tokens: Int32Array.from(tokens),
    attention: cropped(attention!, layers * heads, length, count),
    predictions: Int32Array.from(kept),
    losses: Float32Array.from(losses.slice(0, count - 1)),
    ...top,
    alternatives,
    verdicts: Array.from(tokens, (token, at) => {
      if (at === 0) return 'first';
      const isAsked = spans.some(({ from, determined }) => at - 1 >= from && at - 1 < determined);
      return `${isAsked ? '' : 'free '}${kept[at - 1] === token ? 'right' : 'wrong'}` as SequenceVerdict;
    }),
    copies,
  };
}

/** The positions whose prediction the rule determines, as `copy_err` counts them. */
function askedSpans({ length, starts, endless = false }: Copies, config: RunConfig, count: number): Span[] {
  const sequences = {
    tokens: new Int32Array(0),
    lengths: Int32Array.of(length),
    starts: endless ? null : Int32Array.from(starts),
  };
  return maskedSpans(sequences, 0, { ...config, max_seq_len: count });
}

/** The first n×n of every map. */
function cropped(
  maps: ArrayLike<number>,
  count: number,
  length: number,
  n: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count * n * n);
  for (let map = 0; map < count; map++) {
    for (let row = 0; row < n; row++) {
      const from = (map * length + row) * length;
      for (let col = 0; col < n; col++) values[(map * n + row) * n + col] = maps[from + col]!;
    }
  }
  return values;
}

/** Softmax of each row, but its few largest entries alone. */
function likeliest(logits: ArrayLike<number>, rows: number, size: number, alternatives: number) {
  const tokens = new Int32Array(rows * alternatives);
  const probabilities = new Float32Array(rows * alternatives);
  for (let row = 0; row < rows; row++) {
    const at = row * size;
    const best: number[] = [];
    for (let token = 0; token < size; token++) {
      const logit = logits[at + token]!;
      if (best.length === alternatives && !(logit > logits[at + best[alternatives - 1]!]!)) continue;
      let place = Math.min(best.length, alternatives - 1);
      while (place > 0 && logit > logits[at + best[place - 1]!]!) {
        best[place] = best[place - 1]!;
        place--;
      }
      best[place] = token;
    }
    const most = logits[at + best[0]!]!;
    let sum = 0;
    for (let token = 0; token < size; token++) sum += Math.exp(logits[at + token]! - most);
    for (const [place, token] of best.entries()) {
      tokens[row * alternatives + place] = token;
      probabilities[row * alternatives + place] = Math.exp(logits[at + token]! - most) / sum;
    }
  }
  return { likeliest: tokens, probabilities };
}
