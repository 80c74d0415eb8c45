import { InputError } from '../errors.js';
import { kernels } from '../linalg/kernels.js';
import type { RunConfig } from '../run/config.js';
import type { RunFolder } from '../run/folder.js';
import type { OpenedModel } from '../run/open-model.js';
import { compositionOf, strongestPair } from './composition.js';
import type { IntervenedModel } from './intervened-model.js';
import type { JudgeTrialsOptions } from './judge-trials.js';
import { rankHeads } from './rank-heads.js';
import { type HeadChooser, type InterventionRequest, rankingsOf } from './request.js';
import { trialsOfRequest } from './request-trials.js';
import { claimTrials, runStudy, spreadSteps, transplantMap, usualRank } from './run-study.js';
import { judgeRunTrials, type TrialsAtStep } from './run-trials.js';
import { openRunWeights } from './run-worker.js';
import { type Outcome, trialOf } from './trial.js';
import type { ControlDraws } from './trials.js';

export interface InterveneOptions extends JudgeTrialsOptions {
  /** Undefined for the usual study; `claims` for what the claims speak of, at the last step alone. */
  readonly request: InterventionRequest | 'claims' | undefined;
  readonly steps: (step: number) => boolean;
  readonly controls: ControlDraws;
}

/** A run of `train` as `openModel` opens it. */
export type OpenedRun = OpenedModel & { readonly run: RunFolder };

/** Checkpoints on a side of the transplant map. */
const mapSteps = 20;

/**
 * Makes the edits that are asked for, or the usual study, at the chosen steps of a run, judged by its own test sets.
 * @throws InputError when none of its checkpoints was asked for, or the run has no test sets
 */
export async function interveneOnRun(
  model: OpenedRun,
  { request, steps, controls, ...options }: InterveneOptions,
): Promise<IntervenedModel> {
  const { run } = model;
  const config = model.config as RunConfig;
  const chosen = run.checkpoints.filter(({ step }) => steps(step));
  const last = chosen.at(-1);
  if (last === undefined) {
    throw new InputError(`${run.path}: none of its checkpoints was asked for; widen --steps`);
  }
  const weights = openRunWeights(last.path, config);
  const { architecture } = weights;
  const grid = { layers: architecture.layers, heads: architecture.heads };
  const subject = { setting: run.setting, grid, width: architecture.width };
  const numbers = chosen.map(({ step }) => step);
  if (request !== undefined && request !== 'claims') {
    const step = model.steps.find((other) => other.step === last.step)!;
    const ranked = await rankHeads(model, step, rankingsOf(request), { ...options, seed: controls.seed });
    const chooser: HeadChooser = { grid, width: architecture.width, usualCount: 1, ranked };
    const trials = trialsOfRequest(request, chooser, controls);
    const everywhere = numbers.map((number) => ({ step: number, trials }));
    return { ...subject, ...(await judgeRunTrials(run, config, everywhere, options)) };
  }
  const pair = strongestPair(weights, kernels);
  const studied = { grid, width: architecture.width, pair };
  const rank = usualRank(architecture.width);
  const claimed = pair && { readers: [pair.reader], writers: [pair.writer], rank };
  if (request === 'claims') {
    const trials = [{ step: last.step, trials: claimTrials(studied, controls) }];
    return {
      ...subject,
      ...(await judgeRunTrials(run, config, trials, options)),
      ...(claimed && { claimed }),
    };
  }
  const study = runStudy(studied, numbers, controls);
  const map = pair === undefined ? [] : transplantMap(spreadSteps(numbers, mapSteps), false);
  const judged = await judgeRunTrials(run, config, joined(study, map), options);
  if (pair === undefined || claimed === undefined) return { ...subject, ...judged };
  const composition = chosen.flatMap(({ step, path }): Outcome[] => {
    try {
      const { zScore, match } = compositionOf(openRunWeights(path, config), pair, rank, kernels);
      const judgement = { z_score: zScore, qk_ov_match: match };
      return [{ setting: run.setting, step, trial: trialOf({ kind: 'none' }), judgement }];
    } catch (error) {
      // The checkpoint is among those that were skipped.
      if (error instanceof InputError) return [];
      throw error;
    }
  });
  return { ...subject, ...judged, claimed, outcomes: withComposition(judged.outcomes, composition) };
}

/** Trials of both lists, by step. */
function joined(first: readonly TrialsAtStep[], second: readonly TrialsAtStep[]): TrialsAtStep[] {
  const others = new Map(second.map(({ step, trials }) => [step, trials]));
  return first.map(({ step, trials }) => ({ step, trials: [...trials, ...(others.get(step) ?? [])] }));
}

/** Joins what the weights say to what the unedited model does. */
function withComposition(outcomes: readonly Outcome[], composition: readonly Outcome[]): Outcome[] {
  const byStep = new Map(composition.map(({ step, judgement }) => [step, judgement]));
  return outcomes.map((outcome) =>
    outcome.trial.edit.kind === 'none'
      ? { ...outcome, judgement: { ...outcome.judgement, ...byStep.get(outcome.step) } }
      : outcome,
  );
}
