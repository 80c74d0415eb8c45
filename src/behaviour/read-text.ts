import { InputError } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import type { WeightsLocation } from '../run/open-weights.js';
import type { TextTokens } from '../text/text-tokens.js';
import type { ModelRunner } from './model-runner.js';
import { meanLoss, nextTokens, predictTokens } from './predict-tokens.js';

/** A token as a reader sees it. */
export interface ReadToken {
  readonly id: number;
  readonly text: string;
}

/** A token that may come next. */
export interface LikelyToken extends ReadToken {
  readonly probability: number;
}

/** What a model predicts for a text; plain data. */
export interface TextReading {
  /** Whether tokens are of the model's tokenizer, or bytes. */
  readonly kind: TextTokens['kind'];
  readonly layers: number;
  readonly heads: number;
  /** T. */
  readonly tokens: readonly ReadToken[];
  /** T - 1: -log of the probability of token t + 1 at position t. */
  readonly losses: readonly number[];
  /** Null for a single token. */
  readonly meanLoss: number | null;
  /** T: the likeliest token after each. */
  readonly guesses: readonly ReadToken[];
  /** After the last token, the likeliest first. */
  readonly next: readonly LikelyToken[];
  /** Layer by layer, head by head: T×T (query by key), in [0, 1]. */
  readonly attention: Float32Array;
}

/** A page holds all maps at once. */
const mostMapBytes = 64 * 2 ** 20;

const listedNext = 10;

/** The longest text, in tokens, whose maps of all heads are read at once. */
export function longestText({ layers, heads, maxPositions }: Architecture): number {
  const most = Math.floor(Math.sqrt(mostMapBytes / (4 * layers * heads)));
  return maxPositions === null ? most : Math.min(most, maxPositions);
}

/**
 * Runs a model on a text: its tokens, how much each surprises the model, what it expects, and what every head attends to.
 * @throws InputError where the text makes no tokens or too many, and as the forward pass
 */
export async function readText(
  runner: ModelRunner,
  location: WeightsLocation,
  words: TextTokens,
  text: string,
): Promise<TextReading> {
  const { architecture } = location;
  const { layers, heads } = architecture;
  const ids = words.encode(text);
  const most = longestText(architecture);
  const T = ids.length;
  if (T > most) {
    throw new InputError(`the text has ${T} tokens; this model is shown on at most ${most}, shorten it`);
  }
  const [found] = await predictTokens(runner, [ids], {
    ...{ location, attention: true, shares: 1, again: true },
  });
  const { losses, argmax, attention } = found!;
  const named = (id: number): ReadToken => ({ id, text: words.show(id) });
  const maps = new Float32Array(layers * heads * T * T);
  for (const [head, map] of attention!) maps.set(map, head * T * T);
  return {
    ...{ kind: words.kind, layers, heads },
    tokens: [...ids].map(named),
    losses: [...losses],
    meanLoss: meanLoss(found!),
    guesses: [...argmax].map(named),
    next: nextTokens(found!, listedNext).map(({ id, probability }) => ({ ...named(id), probability })),
    attention: maps,
  };
}
