import { UsageError } from '../errors.js';
import type { RepeatedTokens } from '../evaluate/repeated-tokens.js';
import { relPosFault } from '../interventions/bridge.js';
import type { OpenedModel } from '../run/open-model.js';
import type { InterveneOptions } from './intervene-on-run.js';
import type { IntervenedModel } from './intervened-model.js';
import { inductionRelPos, modelClaimTrials, modelStudy, usualHeadCount } from './model-study.js';
import { judgeModelTrials } from './model-trials.js';
import { rankHeads } from './rank-heads.js';
import { type HeadRanking, type InterventionRequest, rankingsOf } from './request.js';
import { trialsOfRequest } from './request-trials.js';
import { usualRank } from './run-study.js';

/**
 * Makes the edits that are asked for, or the usual study, on any model or series, judged by copying. Heads are chosen at the
 * last step.
 * @param sequences a segment that stands three times
 * @throws UsageError when none of its checkpoints was asked for, or a bridge is not defined in it
 */
export async function interveneOnModel(
  model: OpenedModel,
  sequences: RepeatedTokens,
  { request, steps, controls, ...options }: InterveneOptions,
): Promise<IntervenedModel> {
  const { architecture } = model;
  const chosen = model.steps.filter(({ step }) => step === null || steps(step));
  const last = chosen.at(-1);
  if (last === undefined) {
    throw new UsageError(`${model.path}: none of its checkpoints was asked for; widen --steps`);
  }
  const grid = { layers: architecture.layers, heads: architecture.heads };
  const subject = { setting: model.name, grid, width: architecture.width };
  const usualCount = usualHeadCount(architecture);
  const rank = (rankings: ReadonlySet<HeadRanking>) =>
    rankHeads(model, last, rankings, { ...options, seed: controls.seed });
  if (request !== undefined && request !== 'claims') {
    checkRelPos(model, request);
    const ranked = await rank(rankingsOf(request));
    const trials = trialsOfRequest(
      request,
      { grid, width: architecture.width, usualCount, ranked },
      controls,
    );
    const everywhere = chosen.map((step) => ({ step, trials }));
    return { ...subject, ...(await judgeModelTrials(model, everywhere, sequences, options)) };
  }
  const ranked = await rank(new Set(['induction', 'previous']));
  const claimed = {
    readers: ranked.get('induction')!.slice(0, usualCount),
    writers: ranked.get('previous')!.slice(0, usualCount),
    rank: usualRank(architecture.width),
  };
  const relPos = inductionRelPos(architecture, sequences.segment);
  const studied = { architecture, claimed, relPos };
  const trials =
    request === 'claims'
      ? [{ step: last, trials: modelClaimTrials(studied, controls) }]
      : chosen.map((step) => ({ step, trials: modelStudy(studied, step === last, controls) }));
  return { ...subject, claimed, ...(await judgeModelTrials(model, trials, sequences, options)) };
}

function checkRelPos({ architecture }: OpenedModel, { projections }: InterventionRequest): void {
  for (const { relPos, written } of projections) {
    const fault = written === undefined ? relPosFault(architecture, relPos) : undefined;
    if (fault !== undefined) throw new UsageError(`--rel-pos: ${fault}`);
  }
}
