import { type HeadScores, meanScores, type SequenceScores } from '../evaluate/head-scores.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import type { ForwardOutput } from '../forward/forward-pass.js';
import type { WeightsLocation } from '../run/open-weights.js';
import { openWorkers } from '../threads/workers.js';
import type { BehaviourResult, BehaviourTask, PredictionsTask, ScoresTask } from './behaviour-task.js';
import work from './behaviour-worker.js';

/** Runs models over worker threads that share the sequences. The results do not depend on how many there are. */
export interface ModelRunner {
  /** @throws InputError as the forward pass */
  scores(location: WeightsLocation, tokens: RepeatedTokens, shares: number): Promise<HeadScores>;
  /** @throws InputError as the forward pass */
  predictions(task: Omit<PredictionsTask, 'kind'>, shares: number): Promise<ForwardOutput<Float32Array>>;
  close(): Promise<void>;
}

/** Opens the worker threads; with one job, everything runs in this thread. */
export function openModelRunner(jobs: number, signal?: AbortSignal): ModelRunner {
  const workers = openWorkers<BehaviourTask, BehaviourResult>(
    jobs,
    new URL('./behaviour-worker.js', import.meta.url),
    work,
  );
  const perform = async <Result extends BehaviourResult>(task: BehaviourTask) =>
    (await workers.perform(task, signal)) as Result;
  return {
    async scores(location, all, shares) {
      const parts = await Promise.all(
        shared(all.tokens, all.length, shares).map((tokens) => {
          const task: ScoresTask = { kind: 'scores', location, tokens: { ...all, tokens } };
          return perform<SequenceScores>(task);
        }),
      );
      return meanScores({
        heads: parts[0]!.heads,
        values: joined(
          parts.map(({ values }) => values),
          (length) => new Float64Array(length),
        ),
      });
    },
    async predictions({ tokens, ...rest }, shares) {
      const parts = await Promise.all(
        shared(tokens, rest.length, shares).map((own) => {
          const task: PredictionsTask = { kind: 'predictions', ...rest, tokens: own };
          return perform<ForwardOutput<Float32Array>>(task);
        }),
      );
      return parts.length === 1 ? parts[0]! : joinedOutputs(parts);
    },
    close: () => workers.close(),
  };
}

/** Splits N×T tokens into shares of whole sequences, as equal as can be. */
function shared(tokens: Int32Array, length: number, shares: number): Int32Array[] {
  const sequences = tokens.length / length;
  const count = Math.min(shares, sequences);
  return Array.from({ length: count }, (_, share) => {
    const [from, to] = [share, share + 1].map((at) => Math.round((at * sequences) / count));
    return tokens.slice(from! * length, to! * length);
  });
}

function joinedOutputs(parts: readonly ForwardOutput<Float32Array>[]): ForwardOutput<Float32Array> {
  const floats = (pick: (part: ForwardOutput<Float32Array>) => Float32Array | undefined) =>
    joined(
      parts.map((part) => pick(part)!),
      (length) => new Float32Array(length),
    );
  const [{ losses, predictions, logits, attention }] = parts as [ForwardOutput<Float32Array>];
  return {
    ...(losses && { losses: floats((part) => part.losses) }),
    ...(predictions && {
      predictions: joined(
        parts.map((part) => part.predictions!),
        (length) => new Int32Array(length),
      ),
    }),
    ...(logits && { logits: floats((part) => part.logits) }),
    ...(attention && {
      attention: new Map(
        [...attention.keys()].map((head) => [head, floats((part) => part.attention?.get(head))]),
      ),
    }),
  };
}

function joined<Values extends Float32Array | Float64Array | Int32Array>(
  parts: readonly Values[],
  make: (length: number) => Values,
): Values {
  const all = make(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
