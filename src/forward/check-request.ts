import { InputError, UsageError } from '../errors.js';
import type { ModelWeights } from '../model/weights.js';
import type { ForwardRequest } from './forward-pass.js';

/** What is asked for, with the defaults filled in and every number checked. */
export interface CheckedRequest {
  /** N. */
  readonly sequences: number;
  /** T. */
  readonly length: number;
  readonly tokens: Int32Array;
  /** First layer to compute. */
  readonly firstLayer: number;
  /** Layers before which nothing needs to be computed any more: `layers` where there are predictions or logits. */
  readonly lastLayer: number;
  /** Heads whose attention is returned. */
  readonly attention: ReadonlySet<number>;
  /** Layers before which the residual stream is returned. */
  readonly residuals: ReadonlySet<number>;
  /** Whether there are losses and predictions. */
  readonly predictions: boolean;
  /** Positions of losses and predictions. */
  readonly predicted: ReadonlySet<number>;
  readonly logits: readonly number[];
  /** Positions at which anything is unembedded, in order. */
  readonly unembedded: readonly number[];
}

/**
 * Checks a request against the model.
 * @throws InputError for tokens beyond the vocabulary and sequences beyond the positions
 * @throws UsageError for heads, layers and positions that the model or the sequences do not have
 */
export function checkRequest({ architecture, file }: ModelWeights, request: ForwardRequest): CheckedRequest {
  const { layers, heads, vocabSize, maxPositions, width } = architecture;
  const { tokens, length, start } = request;
  if (!(Number.isInteger(length) && length >= 1) || tokens.length === 0 || tokens.length % length !== 0) {
    throw new UsageError(`tokens: expected sequences of ${length} ids, found ${tokens.length} ids in all`);
  }
  const sequences = tokens.length / length;
  if (maxPositions !== null && length > maxPositions) {
    throw new InputError(
      `${file}: a sequence has ${length} tokens, the model has positions for ${maxPositions}; shorten it`,
    );
  }
  const wrong = tokens.findIndex((token) => token < 0 || token >= vocabSize);
  if (wrong !== -1) {
    const [sequence, position] = [Math.floor(wrong / length), wrong % length];
    throw new InputError(
      `${file}: token ${tokens[wrong]} at position ${position} of sequence ${sequence} is beyond the vocabulary of ` +
        `${vocabSize}; ids go from 0 to ${vocabSize - 1}`,
    );
  }
  const firstLayer = start?.layer ?? 0;
  if (!within(firstLayer, layers + 1)) {
    throw new UsageError(`start: layer ${firstLayer}, but the model has layers 0 to ${layers - 1}`);
  }
  if (start && start.residual.length !== tokens.length * width) {
    throw new UsageError(
      `start: expected ${tokens.length}×${width} numbers of the residual stream, found ${start.residual.length}`,
    );
  }
  const everyHead = () => Array.from({ length: layers * heads }, (_, head) => head);
  const attention = new Set(request.attention === 'all' ? everyHead() : (request.attention ?? []));
  const residuals = new Set(request.residuals ?? []);
  const logits = request.logits ?? [];
  for (const head of attention) {
    if (!within(head, layers * heads)) throw new UsageError(`attention: head ${head} of ${layers * heads}`);
    if (head < firstLayer * heads) {
      throw new UsageError(
        `attention: head ${head} is in a layer before ${firstLayer}, where the pass starts`,
      );
    }
  }
  for (const layer of residuals) {
    if (!within(layer, layers + 1) || layer < firstLayer) {
      throw new UsageError(
        `residuals: layer ${layer}, but there are those before layers ${firstLayer} to ${layers}`,
      );
    }
  }
  for (const position of logits) {
    if (!within(position, length)) throw new UsageError(`logits: position ${position} of ${length}`);
  }
  const everyPosition = () => Array.from({ length }, (_, position) => position);
  const wanted = request.predictions ?? true;
  const predicted = new Set(wanted === true ? everyPosition() : wanted === false ? [] : wanted);
  for (const position of predicted) {
    if (!within(position, length)) throw new UsageError(`predictions: position ${position} of ${length}`);
  }
  const predictions = predicted.size > 0;
  const unembedded = everyPosition().filter((t) => predicted.has(t) || logits.includes(t));
  const lastOfHeads = Math.max(-1, ...[...attention].map((head) => Math.floor(head / heads)));
  const lastLayer = unembedded.length > 0 ? layers : Math.max(firstLayer, lastOfHeads + 1, ...residuals);
  return {
    ...{ sequences, length, tokens, firstLayer, lastLayer, attention, residuals },
    ...{ predictions, predicted, logits, unembedded },
  };
}

function within(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}
