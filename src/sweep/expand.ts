import { createHash } from 'node:crypto';
import { InputError } from '../errors.js';
import { usualRanks } from '../measures/usual-choice.js';
import { headWidth } from '../model/config.js';
import { checkConfig, optionNames, type RunConfig } from '../run/config.js';
import { savedSteps } from '../run/saved-steps.js';
import { checkPlan } from '../series/measure-checkpoint.js';
import { checkTraining } from '../train/check-training.js';
import { presets } from '../train/presets.js';
import type { OptionValue } from './axis.js';
import type { Keep, Plan, PlannedMeasures, Variant } from './plan.js';
import type { PlannedCheckpoint } from './planned-checkpoint.js';

/** One run of a sweep: trained, or a checkpoint that is there. */
export type PlannedRun = PlannedTraining | PlannedCheckpoint;

/** One run to be trained. */
export interface PlannedTraining {
  readonly kind: 'training';
  /** Name of its folder, made of what the plan varies, such as `pool_size_20-seed_1`. */
  readonly setting: string;
  readonly config: RunConfig;
  /** What the plan varies, and its values for this run. */
  readonly axes: Readonly<Record<string, OptionValue>>;
  /** SHA-256 of the config: by it a finished run is recognised. */
  readonly hash: string;
  /** What is measured of it. */
  readonly measure: PlannedMeasures;
  /** Which of its checkpoints stay. */
  readonly keep: Keep;
}

/** More runs than anyone waits for. */
const mostRuns = 100_000;

/**
 * The runs of a plan: each variant of its list with each combination of the values of its axes, the last axis fastest.
 * @throws InputError when a run cannot be trained or measured as the plan says, or two of them are the same
 */
export function plannedRuns(plan: Plan): PlannedTraining[] {
  const variants: readonly (Variant | undefined)[] = plan.list.length === 0 ? [undefined] : plan.list;
  const count = plan.axes.reduce((product, { values }) => product * values.length, variants.length);
  if (count > mostRuns) {
    throw new InputError(`${plan.file}: ${count} runs are too many (limit ${mostRuns}); shorten the axes`);
  }
  const runs = variants.flatMap((variant) =>
    combinations(plan).map((values) => plannedRun(plan, variant, values)),
  );
  refuseDoubles(plan, runs);
  return runs;
}

/** SHA-256 of all options of a run, in their published order. */
export function configHash(config: RunConfig): string {
  const values = optionNames.map((name) => [name, config[name]]);
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

type Values = Readonly<Record<string, OptionValue>>;

function combinations({ axes }: Plan): Values[] {
  return axes.reduce<Values[]>(
    (some, { option, values }) =>
      some.flatMap((others) => values.map((value) => ({ ...others, [option]: value }))),
    [{}],
  );
}

function plannedRun(plan: Plan, variant: Variant | undefined, values: Values): PlannedTraining {
  const { preset: presetAxis, ...options } = values;
  const preset = (presetAxis as string | undefined) ?? variant?.preset ?? plan.base.preset;
  const setting = settingOf(plan, variant, values);
  const where = `${plan.file}: run ${setting}`;
  const { config } = checkConfig(
    {
      ...(preset !== undefined && presets.get(preset)),
      ...plan.base.options,
      ...variant?.options,
      ...options,
    },
    where,
  );
  const axes = {
    ...(variant?.name !== undefined && { name: variant.name }),
    ...(variant?.preset !== undefined && { preset: variant.preset }),
    ...variant?.options,
    ...values,
  };
  const ranks = plan.measure.ranks ?? usualRanks(headWidth(config));
  const run: PlannedTraining = {
    ...{ kind: 'training', setting, config, axes, hash: configHash(config), keep: plan.keep },
    measure: { ...plan.measure, ranks },
  };
  checkRun(plan.keep, run, where);
  return run;
}

function checkRun(keep: Keep, { measure, config }: PlannedTraining, where: string): void {
  try {
    checkTraining(config);
    checkPlan({ config, ranks: measure.ranks, relPos: measure.rel_pos }, 'measure');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${where}: ${error.message}`);
  }
  if (typeof keep === 'string') return;
  const steps = new Set(keep);
  for (const step of savedSteps(config)) if (steps.has(step)) return;
  const interval = Math.floor(config.num_epoch / config.n_save);
  throw new InputError(
    `${where}: keep: none of the steps ${keep.slice(0, 5).join(', ')}${keep.length > 5 ? ', …' : ''} is one of its checkpoints (each ${interval} steps up to ${config.num_epoch}); choose others, or keep: none`,
  );
}

/** Longest name of a folder that every file system takes, with room for what is appended while a run is at work. */
const longestSetting = 200;

function settingOf(plan: Plan, variant: Variant | undefined, values: Values): string {
  const parts: string[] = [];
  if (variant?.name !== undefined) parts.push(variant.name);
  else if (variant !== undefined) {
    if (variant.preset !== undefined) parts.push(variant.preset);
    for (const [option, value] of Object.entries(variant.options)) parts.push(part(option, value));
  }
  for (const [option, value] of Object.entries(values)) parts.push(part(option, value));
  const setting = parts.length === 0 ? (plan.base.preset ?? 'run') : parts.join('-');
  if (setting.length > longestSetting) {
    throw new InputError(
      `${plan.file}: the run ${setting.slice(0, 40)}… needs a shorter name; give entries of list a name`,
    );
  }
  return setting;
}

function part(option: string, value: OptionValue): string {
  if (option === 'preset') return String(value);
  const shown = option === 'pool_size' && value === null ? 'infinite' : String(value);
  return `${option}_${shown.replace(/[^\w.+-]/g, '_')}`;
}

function refuseDoubles({ file }: Plan, runs: readonly PlannedTraining[]): void {
  const byHash = new Map<string, PlannedTraining>();
  const bySetting = new Map<string, PlannedTraining>();
  for (const run of runs) {
    const same = byHash.get(run.hash);
    if (same !== undefined) {
      const names = same.setting === run.setting ? run.setting : `${same.setting} and ${run.setting}`;
      throw new InputError(
        `${file}: two runs have the same config (${names}); leave one of them out, or vary the seed`,
      );
    }
    // Some file systems take upper and lower case for the same.
    const name = run.setting.toLowerCase();
    if (bySetting.has(name)) {
      throw new InputError(
        `${file}: two different runs would be named ${run.setting}; give the entries of list a name`,
      );
    }
    byHash.set(run.hash, run);
    bySetting.set(name, run);
  }
}
