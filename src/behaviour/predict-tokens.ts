import type { HeadIndex } from '../model/heads.js';
import type { WeightsLocation } from '../run/open-weights.js';
import type { ModelRunner } from './model-runner.js';
import type { TokenSequences } from './token-file.js';

/** What a model says of one sequence. */
export interface Prediction {
  /** T. */
  readonly tokens: Int32Array;
  /** T - 1: -log of the probability of token t + 1 at position t. */
  readonly losses: Float32Array;
  /** T: the likeliest next token at each position. */
  readonly argmax: Int32Array;
  /** V, at the last position. */
  readonly logits: Float32Array;
  /** T×T (query by key) of each head, where it was asked for. */
  readonly attention?: ReadonlyMap<HeadIndex, Float32Array>;
}

/** Where to run, and whether attention is wanted. */
export interface PredictOptions {
  readonly location: WeightsLocation;
  readonly attention: boolean;
  /** Threads that sequences of one length are shared by. */
  readonly shares: number;
  /** Whether the same threads will run the model again: small models are then kept in memory. */
  readonly again?: boolean;
}

/**
 * Runs a model on sequences: those of one length at once where all are, otherwise one after the other.
 * @throws InputError as the forward pass
 */
export async function predictTokens(
  runner: ModelRunner,
  sequences: TokenSequences,
  { location, attention, shares, again = false }: PredictOptions,
): Promise<Prediction[]> {
  const length = sequences[0]!.length;
  const isEven = sequences.every((sequence) => sequence.length === length);
  const groups = isEven ? [sequences] : sequences.map((sequence) => [sequence]);
  const size = location.architecture.vocabSize;
  const found: Prediction[] = [];
  for (const group of groups) {
    const T = group[0]!.length;
    const tokens = new Int32Array(group.length * T);
    group.forEach((sequence, at) => {
      tokens.set(sequence, at * T);
    });
    const task = { location, tokens, length: T, logits: [T - 1], attention, again };
    const output = await runner.predictions(task, shares);
    group.forEach((own, at) => {
      const maps = output.attention && [...output.attention];
      found.push({
        tokens: own,
        losses: output.losses!.slice(at * (T - 1), (at + 1) * (T - 1)),
        argmax: output.predictions!.slice(at * T, (at + 1) * T),
        logits: output.logits!.slice(at * size, (at + 1) * size),
        ...(maps && {
          attention: new Map(
            maps.map(([head, map]) => [head, map.subarray(at * T * T, (at + 1) * T * T)] as const),
          ),
        }),
      });
    });
  }
  return found;
}

/** Null where a sequence of one token predicts nothing that is known. */
export function meanLoss({ losses }: Pick<Prediction, 'losses'>): number | null {
  if (losses.length === 0) return null;
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** A token that may come next. */
export interface NextToken {
  readonly id: number;
  readonly probability: number;
}

/** The likeliest tokens after the last one, the likeliest first. */
export function nextTokens({ logits }: Pick<Prediction, 'logits'>, top: number): NextToken[] {
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return [...logits.keys()]
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, top)
    .map((id) => ({ id, probability: Math.exp(logits[id]! - largest) / total }));
}
