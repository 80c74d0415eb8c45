import { dirname, resolve } from 'node:path';
import { parseHeads } from '../causal/request.js';
import { InputError, showValue } from '../errors.js';
import { type ModelMeasureName, modelMeasureNames } from '../measures/model-plan.js';
import { nameRun } from '../run/folder.js';
import { didYouMean } from '../run/nearest-name.js';
import { parsePairs } from '../series/pair-request.js';
import { axisValues, wholeNumbers } from './axis.js';

/** What is measured of a checkpoint: as the options of `measure` say it. */
export interface MeasureWork {
  /** Null for the usual ones. */
  readonly measures: readonly ModelMeasureName[] | null;
  readonly ranks: readonly number[] | null;
  readonly rel_pos: readonly number[];
  readonly fold_norm: boolean;
  /** As `--pairs`; null for the usual choice. */
  readonly pairs: string | null;
}

/** What is done with each checkpoint; null for what is not. */
export interface CheckpointWork {
  readonly measure: MeasureWork | null;
  /** What heads do on repeated random tokens, as `heads`. */
  readonly heads: { readonly seed: number } | null;
  /** Heads removed, beside random controls, as `intervene --remove`. */
  readonly intervene: { readonly remove: string; readonly draws: number; readonly seed: number } | null;
}

/** A plan that works on models that are there, one checkpoint a job. */
export interface ModelsPlan {
  readonly file: string;
  /** Paths, made absolute, and names of the Hub; `NAME=…` where one was given. */
  readonly models: readonly string[];
  /** Steps of series; null for all. */
  readonly steps: readonly number[] | null;
  readonly work: CheckpointWork;
}

const planKeys = ['models', 'steps', 'do', 'measure', 'heads', 'intervene'];
const tasks = ['measure', 'heads', 'intervene'] as const;

type Mapping = Readonly<Record<string, unknown>>;

/** Whether a plan lists models instead of runs to train. */
export function listsModels(found: unknown): found is Mapping {
  return isMapping(found) && 'models' in found;
}

/**
 * Reads a plan that lists models.
 * @param file for errors; paths of the plan are relative to its folder
 * @throws InputError naming the key, what was expected and what was found
 */
export function parseModelsPlan(found: Mapping, file: string): ModelsPlan {
  for (const key of Object.keys(found)) {
    if (planKeys.includes(key) || key.startsWith('x-')) continue;
    const ofTraining = ['base', 'list', 'axes', 'keep'].includes(key);
    const hint = ofTraining
      ? '; a plan trains runs, or works on models that are there: make two plans'
      : `${didYouMean(key, planKeys)} (there are ${planKeys.join(', ')})`;
    throw new InputError(`${file}: no key ${showValue(key)} beside models${hint}`);
  }
  const asked = found['do'] === undefined ? ['measure'] : [found['do']].flat();
  const wrong = asked.find((task) => !(tasks as readonly unknown[]).includes(task));
  if (asked.length === 0 || wrong !== undefined) {
    throw new InputError(
      `${file}: do: expected some of ${tasks.join(', ')}, found ${showValue(wrong ?? [])}`,
    );
  }
  for (const task of tasks) {
    if (found[task] === undefined || asked.includes(task)) continue;
    throw new InputError(
      `${file}: ${task}: is not among what is done (do: [${asked.join(', ')}]); add it there`,
    );
  }
  return {
    file,
    models: modelsOf(found['models'], file),
    steps: found['steps'] === undefined ? null : wholeNumbers(found['steps'], `${file}: steps`),
    work: {
      measure: asked.includes('measure') ? measureWork(found['measure'], `${file}: measure`) : null,
      heads: asked.includes('heads') ? headsWork(found['heads'], `${file}: heads`) : null,
      intervene: asked.includes('intervene') ? interveneWork(found['intervene'], `${file}: intervene`) : null,
    },
  };
}

function modelsOf(found: unknown, file: string): string[] {
  const models = [found].flat();
  if (models.length === 0 || !models.every((model) => typeof model === 'string' && model !== '')) {
    throw new InputError(
      `${file}: models: expected paths and names such as hf:EleutherAI/pythia-70m@step*, found ${showValue(found)}`,
    );
  }
  return (models as string[]).map((model) => {
    const { setting, path } = nameRun(model);
    if (path.startsWith('hf:')) return model;
    const absolute = resolve(dirname(file), path);
    return path === model ? absolute : `${setting}=${absolute}`;
  });
}

function measureWork(found: unknown, where: string): MeasureWork {
  const options = optionsOf(found, ['measures', 'ranks', 'rel_pos', 'fold_norm', 'pairs'], where);
  const measures =
    options['measures'] === undefined ? null : axisValues(options['measures'], `${where}.measures`);
  const wrong = measures?.find((name) => !(modelMeasureNames as readonly unknown[]).includes(name));
  if (wrong !== undefined) {
    throw new InputError(
      `${where}.measures: ${showValue(wrong)} is not one of ${modelMeasureNames.join(', ')}${didYouMean(String(wrong), modelMeasureNames)}`,
    );
  }
  const { pairs, fold_norm } = options as { pairs?: unknown; fold_norm?: unknown };
  if (fold_norm !== undefined && typeof fold_norm !== 'boolean') {
    throw new InputError(`${where}.fold_norm: expected true or false, found ${showValue(fold_norm)}`);
  }
  if (pairs !== undefined) {
    if (typeof pairs !== 'string') {
      throw new InputError(
        `${where}.pairs: expected all, top:N or names of heads, found ${showValue(pairs)}`,
      );
    }
    parsePairs(pairs);
  }
  return {
    measures: measures as readonly ModelMeasureName[] | null,
    ranks: options['ranks'] === undefined ? null : wholeNumbers(options['ranks'], `${where}.ranks`),
    rel_pos: wholeNumbers(options['rel_pos'] ?? 0, `${where}.rel_pos`),
    fold_norm: fold_norm === true,
    pairs: pairs ?? null,
  };
}

function headsWork(found: unknown, where: string): { seed: number } {
  return { seed: countOf(optionsOf(found, ['seed'], where)['seed'] ?? 0, `${where}.seed`) };
}

function interveneWork(found: unknown, where: string): NonNullable<CheckpointWork['intervene']> {
  const options = optionsOf(found, ['remove', 'draws', 'seed'], where);
  const remove = options['remove'] ?? 'each';
  if (typeof remove !== 'string') {
    throw new InputError(
      `${where}.remove: expected each or heads such as 5.1,5.5, found ${showValue(remove)}`,
    );
  }
  if (remove.includes(':')) {
    throw new InputError(
      `${where}.remove: ${remove} chooses other heads at each checkpoint; name the heads, or write each`,
    );
  }
  parseHeads(remove, `${where}.remove`);
  return {
    remove,
    draws: countOf(options['draws'] ?? 0, `${where}.draws`),
    seed: countOf(options['seed'] ?? 0, `${where}.seed`),
  };
}

function optionsOf(found: unknown, known: readonly string[], where: string): Mapping {
  if (found === undefined) return {};
  if (!isMapping(found)) {
    throw new InputError(`${where}: expected options such as ${known[0]}, found ${showValue(found)}`);
  }
  for (const key of Object.keys(found)) {
    if (known.includes(key)) continue;
    throw new InputError(
      `${where}: no option ${showValue(key)}${didYouMean(key, known)} (there are ${known.join(', ')})`,
    );
  }
  return found;
}

function countOf(found: unknown, where: string): number {
  if (Number.isSafeInteger(found) && (found as number) >= 0 && (found as number) <= 1e9)
    return found as number;
  throw new InputError(`${where}: expected a whole number from 0, found ${showValue(found)}`);
}

function isMapping(found: unknown): found is Mapping {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}
