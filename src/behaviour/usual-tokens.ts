import { InputError } from '../errors.js';
import {
  type RepeatedTokens,
  repeatedTokens,
  usualSegment,
  usualSequences,
} from '../evaluate/repeated-tokens.js';
import type { Architecture } from '../model/architecture.js';

/** Which random tokens heads are scored on. */
export interface RandomTokens {
  readonly sequences?: number;
  readonly segment?: number;
  readonly seed?: number;
}

/** Families whose models were trained with a token before every text, and rest on it. */
const familiesWithBos: readonly string[] = ['llama', 'mistral', 'gemma', 'gemma2'];

/** The token that a model wants before a text; null for none. @param config of the model */
export function bosOf({ family, vocabSize }: Architecture, config: unknown): number | null {
  if (!familiesWithBos.includes(family)) return null;
  const { bos_token_id: bos } = config as { readonly bos_token_id?: unknown };
  return typeof bos === 'number' && Number.isInteger(bos) && bos >= 0 && bos < vocabSize ? bos : null;
}

/**
 * Random tokens for a model: a segment that stands `repeats` times, shorter than usual where the model has not that many
 * positions.
 * @param excluded tokens that are not drawn
 * @throws InputError for a model too short to copy anything
 */
export function usualTokens(
  architecture: Architecture,
  config: unknown,
  repeats: number,
  { sequences = usualSequences, segment = usualSegment, seed = 0 }: RandomTokens,
  excluded: ReadonlySet<number> = new Set(),
): RepeatedTokens {
  const { vocabSize } = architecture;
  const maxPositions = positionsOf(architecture, config);
  const bos = bosOf(architecture, config);
  const most =
    maxPositions === null
      ? segment
      : Math.min(segment, Math.floor((maxPositions - (bos === null ? 0 : 1)) / repeats));
  if (most < 2) {
    throw new InputError(
      `a model with ${maxPositions} positions has no room for a segment of 2 tokens that stands ${repeats} times`,
    );
  }
  return repeatedTokens({ ...{ vocabSize, repeats, sequences, segment: most, bos, seed }, excluded });
}

/** Runs of train have seen sequences of `max_seq_len` alone, also where nothing bounds their positions. */
function positionsOf({ family, maxPositions }: Architecture, config: unknown): number | null {
  const { max_seq_len: length } = config as { readonly max_seq_len?: unknown };
  return family === 'copying' && typeof length === 'number' ? length : maxPositions;
}
