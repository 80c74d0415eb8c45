import type { HeadScores } from '../evaluate/head-scores.js';
import { type HeadGrid, headName } from '../model/heads.js';
import type { FoundCircuit } from './circuit.js';

/** What stands beside each pair of a circuit. */
export interface CircuitContext {
  readonly grid: HeadGrid;
  readonly scores: HeadScores;
  /** Null for a model without steps. */
  readonly step: number | null;
  /** Rank and relative position of the match. */
  readonly rank: number;
  readonly t: number;
}

/**
 * The circuit as CSV: writer, reader, what both do, and the evidence from weights with its q-values. A field is empty
 * where there is no value.
 */
export function* circuitCsv(
  { pairs }: FoundCircuit,
  { grid, scores, step, rank, t }: CircuitContext,
): Generator<string> {
  yield 'writer,reader,step,writer_previous_token,reader_induction,z_score,z_score_q,qk_ov_match,qk_ov_match_q,k_composition,k_composition_q,rank,rel_pos,stands_out\n';
  for (const { writer, reader, zScore, match, kComposition, standOut } of pairs) {
    const numbers = [zScore, match, kComposition].flatMap(({ value, q }) => [value, q]);
    const fields = [
      headName(grid, writer),
      headName(grid, reader),
      step ?? '',
      scores.previousToken[writer]!,
      scores.induction[reader]!,
      ...numbers.map((value) => (Number.isNaN(value) ? '' : value)),
      rank,
      t,
      standOut.join(' '),
    ];
    yield `${fields.join(',')}\n`;
  }
}
