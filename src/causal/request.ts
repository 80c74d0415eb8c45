import { UsageError } from '../errors.js';
import type { HeadCircuit } from '../interventions/exchange-heads.js';
import type { KeepOrDrop } from '../interventions/subspace.js';
import { type HeadGrid, type HeadIndex, parseHead } from '../model/heads.js';

/** How heads are ranked: by attention on repeated tokens, or by the strongest z-score of a pair that they read in. */
export type HeadRanking = 'induction' | 'previous' | 'composing';

/** Heads by name, or the best ones of a ranking. */
export type HeadRequest =
  | { readonly kind: 'named'; readonly names: readonly string[] }
  | { readonly kind: 'best'; readonly ranking: HeadRanking; readonly count: number }
  | { readonly kind: 'each' };

/** Pairs of heads by name, target first; or heads that are permuted in a cycle. */
export type ExchangeRequest =
  | HeadRequest
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [string, string])[] };

/** What is to be done, before any model is looked at. */
export interface InterventionRequest {
  readonly remove?: HeadRequest;
  readonly projections: readonly ProjectionRequest[];
  readonly exchange?: { readonly heads: ExchangeRequest; readonly circuits: readonly HeadCircuit[] };
  readonly transplant?: {
    readonly steps: readonly number[];
    readonly layer: number;
    readonly embedding: boolean;
    readonly circuit?: { readonly heads: HeadRequest; readonly circuits: readonly HeadCircuit[] };
  };
}

export interface ProjectionRequest {
  readonly component: 'keys' | 'outputs';
  readonly ranks: readonly number[];
  readonly whats: readonly KeepOrDrop[];
  readonly heads?: HeadRequest;
  /** Heads of the bridge. */
  readonly bridge?: HeadRequest;
  /** A head that writes, whose W_OV is the subspace instead. */
  readonly written?: HeadRequest;
  readonly relPos: number;
}

/** What a model answers when it is asked for heads. */
export interface HeadChooser {
  readonly grid: HeadGrid;
  /** d. */
  readonly width: number;
  /** All heads that each ranking of `rankingsOf` knows, the best first. */
  readonly ranked: ReadonlyMap<HeadRanking, readonly HeadIndex[]>;
  /** How many heads count as the model's induction or previous-token heads, unless said. */
  readonly usualCount: number;
}

const rankings: readonly HeadRanking[] = ['induction', 'previous', 'composing'];

/**
 * Reads `5.1,6.9`, `induction:10` or `each`; `induction` alone asks for one.
 * @throws UsageError
 */
export function parseHeads(text: string, option: string): HeadRequest {
  if (text === 'each') return { kind: 'each' };
  const [ranking, count = '1', ...rest] = text.split(':');
  if ((rankings as readonly string[]).includes(ranking!)) {
    if (rest.length === 0 && /^[1-9]\d{0,5}$/.test(count)) {
      return { kind: 'best', ranking: ranking as HeadRanking, count: Number(count) };
    }
    throw new UsageError(`${option} ${text}: expected a number of heads, such as ${ranking}:10`);
  }
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !/^\d{1,9}\.\d{1,9}$/.test(name));
  if (wrong !== undefined) {
    throw new UsageError(
      `${option}: expected heads such as 5.1,6.9, or induction:10, previous:10, composing:10, found ${JSON.stringify(wrong)}`,
    );
  }
  return { kind: 'named', names };
}

/** Heads of a request in a model, the best first. @throws UsageError for heads that the model lacks */
export function chooseHeads(request: HeadRequest, chooser: HeadChooser, option: string): HeadIndex[] {
  const { grid } = chooser;
  const all = grid.layers * grid.heads;
  switch (request.kind) {
    case 'each':
      return Array.from({ length: all }, (_, head) => head);
    case 'best':
      return chooser.ranked.get(request.ranking)!.slice(0, request.count);
    case 'named':
      return request.names.map((name) => headOf(name, grid, option));
  }
}

/** @throws UsageError for a head that the model lacks */
export function headOf(name: string, grid: HeadGrid, option: string): HeadIndex {
  const head = parseHead(grid, name);
  if (head !== undefined) return head;
  throw new UsageError(
    `${option}: the model has no head ${name}; it has ${grid.layers} layers of ${grid.heads}, counted from 0`,
  );
}

/** The circuits of exchanged heads: `1.5:1.3,1.3:1.5` names pairs, target first; heads alone are permuted in a cycle. */
export function parseExchange(text: string): ExchangeRequest {
  if (!/^\s*\d+\.\d+\s*:/.test(text)) return parseHeads(text, '--exchange');
  const pairs = text.split(',').map((part) => {
    const match = /^\s*(\d{1,9}\.\d{1,9}):(\d{1,9}\.\d{1,9})\s*$/.exec(part);
    if (match === null) {
      throw new UsageError(
        `--exchange: expected target:source, such as 1.5:1.3, found ${JSON.stringify(part)}`,
      );
    }
    return [match[1]!, match[2]!] as const;
  });
  return { kind: 'pairs', pairs };
}

/** Which rankings a request needs a model's heads by. */
export function rankingsOf({
  remove,
  projections,
  exchange,
  transplant,
}: InterventionRequest): Set<HeadRanking> {
  const asked: (ExchangeRequest | undefined)[] = [remove, exchange?.heads, transplant?.circuit?.heads];
  for (const { component, heads, bridge, written } of projections) {
    asked.push(heads ?? usualHeads(component), written ?? bridge ?? usualHeads('keys'));
  }
  return new Set(asked.flatMap((heads) => (heads?.kind === 'best' ? [heads.ranking] : [])));
}

/** Heads that are projected unless said otherwise; those of keys make the bridge, too. */
export function usualHeads(component: 'keys' | 'outputs', count = 1): HeadRequest {
  return { kind: 'best', ranking: component === 'keys' ? 'induction' : 'previous', count };
}
