import { createHash } from 'node:crypto';
import { InputError } from '../errors.js';
import { hubRevisions, isOnHub } from '../hub/local-models.js';
import type { HubSettings } from '../hub/settings.js';
import { openModel } from '../run/open-model.js';
import type { CheckpointWork, ModelsPlan } from './models-plan.js';

/** One checkpoint of a model, and what is done with it. */
export interface PlannedCheckpoint {
  readonly kind: 'checkpoint';
  /** Name of its folder, such as `pythia-70m-step1000`. */
  readonly setting: string;
  /** Of the model: the setting of its rows. */
  readonly name: string;
  /** Null for a model that is no series. */
  readonly step: number | null;
  /** A path, or `hf:org/name@commit`: what a name stood for when the plan was read. */
  readonly source: string;
  readonly work: CheckpointWork;
  readonly axes: Readonly<Record<string, string | number>>;
  /** SHA-256 of all of this: by it finished work is recognised. */
  readonly hash: string;
}

/**
 * The checkpoints of a plan: series step by step, models as they are. Names of the Hub are resolved to commits, so that all
 * machines work on the same bytes.
 * @throws InputError where a model cannot be found, or two of them have the same name
 */
export async function plannedCheckpoints(
  plan: ModelsPlan,
  settings: HubSettings,
): Promise<PlannedCheckpoint[]> {
  const found: PlannedCheckpoint[] = [];
  const names = new Set<string>();
  for (const model of plan.models) {
    const { name, checkpoints } = isOnHub(model) ? await ofHub(model, settings) : ofFolder(model);
    // Some file systems take upper and lower case for the same.
    if (names.has(name.toLowerCase())) {
      throw new InputError(`${plan.file}: two models are named ${name}; tell them apart with NAME=…`);
    }
    names.add(name.toLowerCase());
    const chosen = checkpoints.filter(({ step }) => step === null || (plan.steps?.includes(step) ?? true));
    if (chosen.length === 0) {
      throw new InputError(
        `${plan.file}: steps: ${name} has none of them; its first is ${checkpoints[0]?.step}`,
      );
    }
    for (const { step, source } of chosen) {
      found.push(planned({ name, step, source, work: plan.work }));
    }
  }
  return found;
}

interface FoundModel {
  readonly name: string;
  readonly checkpoints: readonly { readonly step: number | null; readonly source: string }[];
}

async function ofHub(model: string, settings: HubSettings): Promise<FoundModel> {
  const { name, repo, isSeries, revisions } = await hubRevisions(model, settings);
  return {
    name,
    checkpoints: revisions.map(({ commit, step }) => ({
      step: isSeries ? step : null,
      source: `hf:${repo}@${commit}`,
    })),
  };
}

function ofFolder(model: string): FoundModel {
  const { name, path, steps, kind } = openModel(model);
  if (kind === 'run') {
    throw new InputError(`${path}: is a run of train; plans over models take models and their series`);
  }
  return { name, checkpoints: steps.map(({ step }) => ({ step, source: path })) };
}

/** The hash of a checkpoint, as it came from a plan or a queue. */
export function checkpointHash({
  name,
  step,
  source,
  work,
}: Pick<PlannedCheckpoint, 'name' | 'step' | 'source' | 'work'>): string {
  return createHash('sha256')
    .update(JSON.stringify([name, step, source, work]))
    .digest('hex');
}

function planned(parts: Pick<PlannedCheckpoint, 'name' | 'step' | 'source' | 'work'>): PlannedCheckpoint {
  const { name, step } = parts;
  const safe = name.replace(/[^\w.+-]/g, '_').slice(0, 180);
  return {
    kind: 'checkpoint',
    setting: step === null ? safe : `${safe}-step${step}`,
    ...parts,
    axes: { model: name, ...(step !== null && { step }) },
    hash: checkpointHash(parts),
  };
}
