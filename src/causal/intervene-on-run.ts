import { InputError } from '../errors.js';
import { kernels } from '../linalg/kernels.js';
import type { HeadGrid, HeadPair } from '../model/heads.js';
import type { RunConfig } from '../run/config.js';
import type { RunFolder } from '../run/folder.js';
import { compositionOf, strongestPair } from './composition.js';
import type { HeadChooser, InterventionRequest } from './request.js';
import { trialsOfRequest } from './request-trials.js';
import { composingHeads } from './run-heads.js';
import { claimTrials, runStudy, spreadSteps, transplantMap, usualRank } from './run-study.js';
import { type JudgedTrials, judgeRunTrials, type RunTrialsOptions, type TrialsAtStep } from './run-trials.js';
import { openRunWeights } from './run-worker.js';
import type { Outcome } from './trial.js';
import { trialOf } from './trial.js';
import type { ControlDraws } from './trials.js';

export interface InterveneOnRunOptions extends RunTrialsOptions {
  /** Undefined for the usual study; `claims` for what the claims speak of, at the last step alone. */
  readonly request: InterventionRequest | 'claims' | undefined;
  readonly steps: (step: number) => boolean;
  readonly controls: ControlDraws;
}

/** What edits of a model did. */
export interface IntervenedModel extends JudgedTrials {
  readonly setting: string;
  readonly grid: HeadGrid;
  /** d. */
  readonly width: number;
  /** The pair of heads with the strongest z-score at the last step, in a study and where claims are held. */
  readonly pair?: HeadPair;
}

/** Checkpoints on a side of the transplant map. */
const mapSteps = 20;

/**
 * Makes the edits that are asked for, or the usual study, at the chosen steps of a run.
 * @throws InputError when none of its checkpoints was asked for, or the run has no test sets
 */
export async function interveneOnRun(
  run: RunFolder,
  config: RunConfig,
  { request, steps, controls, ...options }: InterveneOnRunOptions,
): Promise<IntervenedModel> {
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
  const pair = request === undefined || request === 'claims' ? strongestPair(weights, kernels) : undefined;
  const model = { grid, width: architecture.width, pair };
  if (request === 'claims') {
    const trials = [{ step: last.step, trials: claimTrials(model, controls) }];
    const judged = await judgeRunTrials(run, config, trials, options);
    return { ...subject, ...judged, ...(pair && { pair }) };
  }
  if (request !== undefined) {
    const chooser: HeadChooser = {
      grid,
      width: architecture.width,
      usualCount: 1,
      rank: (ranking) => {
        if (ranking === 'composing') return composingHeads(weights, kernels);
        throw new InputError(
          `${run.path}: heads of a run are chosen by composing:K or by name, not by ${ranking}`,
        );
      },
    };
    const trials = trialsOfRequest(request, chooser, controls);
    const judged = await judgeRunTrials(
      run,
      config,
      numbers.map((step) => ({ step, trials })),
      options,
    );
    return { ...subject, ...judged };
  }
  const study = runStudy(model, numbers, controls);
  const map = pair === undefined ? [] : transplantMap(spreadSteps(numbers, mapSteps), false);
  const judged = await judgeRunTrials(run, config, joined(study, map), options);
  if (pair === undefined) return { ...subject, ...judged };
  const rank = usualRank(architecture.width);
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
  return { ...subject, ...judged, pair, outcomes: withComposition(judged.outcomes, composition) };
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
