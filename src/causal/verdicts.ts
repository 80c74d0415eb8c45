import type { HeadIndex } from '../model/heads.js';
import type { RunConfig } from '../run/config.js';
import { bootstrapEstimate } from '../stats/bootstrap.js';
import { type Estimate, medianEstimate } from '../stats/intervals.js';
import { verdictConfidence } from '../stats/statistics.js';
import { outcomeOf, type Outcome as VerdictOutcome } from '../stats/verdict.js';
import { type InterventionClaim, isAbout } from './claims.js';
import { type ClaimedEdits, type ErrorOf, lossStatistics, type WantedEdit } from './loss-statistics.js';
import type { EditResult } from './summary.js';

/** What results say of a claim. */
export interface InterventionVerdict {
  readonly claim: InterventionClaim;
  readonly outcome: VerdictOutcome;
  /** The runs, or the model, that it was held against. */
  readonly settings: readonly string[];
  /** Null where none of them has what it needs. */
  readonly estimate: Estimate | null;
}

/** A run whose edits were judged, at its last step. */
export interface JudgedRun {
  readonly setting: string;
  readonly config: RunConfig;
  readonly edits: ClaimedEdits;
}

/** Errors of runs are those out of distribution. */
export const runError = 'copy_err_ood';

/** Holds the claims on runs against runs: medians with their intervals between order statistics. */
export function verdictsOfRuns(
  claims: readonly InterventionClaim[],
  runs: readonly JudgedRun[],
): InterventionVerdict[] {
  return claims
    .filter(({ about }) => about === 'runs')
    .map((claim) => {
      const own = runs.filter(
        ({ config, edits }) =>
          config.num_epoch >= claim.needs.steps &&
          isAbout(claim, config, (edits.none.judgement[runError] ?? Number.NaN) < 0.5),
      );
      const { of } = lossStatistics.get(claim.statistic)!;
      const values = own.map(({ edits }) => of(edits, errorNamed(runError))).filter(Number.isFinite);
      const estimate = values.length === 0 ? null : medianEstimate(values, verdictConfidence);
      return {
        claim,
        outcome:
          estimate === null || own.length < claim.needs.runs
            ? 'not enough runs'
            : outcomeOf(claim.bound, estimate),
        settings: own.map(({ setting }) => setting),
        estimate,
      };
    });
}

/** A model whose edits were judged by copying. */
export interface JudgedTransformer {
  readonly setting: string;
  readonly edits: ClaimedEdits;
}

/** Resamples of sequences are the same for all models and claims. */
const bootstrapSeed = 0;

/** Holds the claims on models against one that copies: intervals over the sequences that copying is judged by. */
export function verdictsOfModel(
  claims: readonly InterventionClaim[],
  { setting, edits }: JudgedTransformer,
): InterventionVerdict[] {
  const { judgement, wrongOfSequence } = edits.none;
  const copies = wrongOfSequence !== undefined && (judgement['err'] ?? 1) < 0.5;
  return claims
    .filter(({ about }) => about === 'models')
    .map((claim) => {
      const { of } = lossStatistics.get(claim.statistic)!;
      const estimate = copies
        ? bootstrapEstimate(
            wrongOfSequence.length,
            (members) => of(edits, errorOnSequences(members)),
            verdictConfidence,
            bootstrapSeed,
          )
        : undefined;
      return {
        claim,
        outcome: estimate === undefined ? 'not enough runs' : outcomeOf(claim.bound, estimate),
        settings: copies ? [setting] : [],
        estimate: estimate ?? null,
      };
    });
}

/** Share of wrong predictions on some sequences, each as often as it is named. */
function errorOnSequences(members: Int32Array): ErrorOf {
  return ({ result, draw }) => {
    const wrong = draw === null ? result.wrongOfSequence : result.control?.wrongOfSequence?.[draw];
    const { of } = result.judgement;
    if (wrong === undefined || of === undefined) return Number.NaN;
    let sum = 0;
    for (const member of members) sum += wrong[member]!;
    return sum / ((of / wrong.length) * members.length);
  };
}

/** A number of the judgement as the error. */
export function errorNamed(name: string): ErrorOf {
  return ({ result, draw }) => {
    const judgement = draw === null ? result.judgement : result.control?.draws[draw];
    return judgement?.[name] ?? Number.NaN;
  };
}

/** Which of a model's results are the ones that the claims speak of. */
export interface ClaimedHeads {
  /** Heads that are removed and exchanged, and whose keys are projected. */
  readonly readers: readonly HeadIndex[];
  readonly writers: readonly HeadIndex[];
  readonly rank: number;
}

/** Finds the edits of the claims among the results of one model at one step; undefined without the unedited model. */
export function claimedEdits(
  results: readonly EditResult[],
  { readers, writers, rank }: ClaimedHeads,
): ClaimedEdits | undefined {
  const none = results.find(({ edit }) => edit.kind === 'none');
  if (none === undefined) return undefined;
  const isOf = (heads: readonly HeadIndex[], wanted: readonly HeadIndex[]) =>
    String(heads) === String(wanted);
  const matches = ({ edit }: EditResult, wanted: WantedEdit): boolean => {
    if (edit.kind === 'remove') return wanted.kind === 'remove' && isOf(edit.heads, readers);
    if (edit.kind === 'exchange') return wanted.kind === 'exchange' && edit.circuit === wanted.circuit;
    if (edit.kind !== 'project' || wanted.kind !== 'project') return false;
    const heads = edit.component === 'keys' ? readers : writers;
    return (
      edit.component === wanted.component &&
      edit.what === wanted.what &&
      edit.rank === rank &&
      isOf(edit.heads, heads)
    );
  };
  return { none, find: (wanted) => results.find((result) => matches(result, wanted)) };
}
