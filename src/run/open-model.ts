import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError, UsageError } from '../errors.js';
import { namesIn, statusOf } from '../files/folder-listing.js';
import type { Architecture } from '../model/architecture.js';
import type { ModelFamily } from '../model/families/family.js';
import { familyByName, familyOfConfig } from '../model/families/registry.js';
import type { ModelWeights } from '../model/weights.js';
import { modelTypeOf } from './config.js';
import { configOfRun } from './config-of-run.js';
import { type CheckpointChoice, nameRun, openRun, passedOver, type RunFolder } from './folder.js';
import { cachedModelName, cachedRevisions, cacheOfSnapshot, isHubCache } from './hub-cache.js';
import type { ArchitectureOptions } from './infer-config.js';
import { readModelConfig } from './model-folder.js';
import { openWeights, type WeightsLocation } from './open-weights.js';
import { type NameRule, namedSteps, unlikeCheckpoints, weightEndings, weightFileForm } from './step-names.js';
import { configName, missingWeights, weightsIn } from './weight-names.js';

/** One checkpoint of a model: its step in the table, and where its weights are. */
export interface ModelStep extends WeightsLocation {
  /** Updates done; null for a single model, whose step is not known. */
  readonly step: number | null;
  /** The same step in another format, to be compared with this one. */
  readonly twin?: string;
}

/** Any model, or series of models, that a folder or a file holds. */
export interface OpenedModel {
  /** Its name in tables and figures: the setting. */
  readonly name: string;
  readonly path: string;
  /** `run`: a run of `train`. `model`: one model without a step. `series`: checkpoints of a model over training. */
  readonly kind: 'run' | 'model' | 'series';
  /** In order of step. Plain data: `openWeights` opens one in any thread. */
  readonly steps: readonly ModelStep[];
  /** The parsed config. */
  readonly config: unknown;
  readonly family: ModelFamily;
  readonly architecture: Architecture;
  /** The training run as such, with its error curves; null for any other model. */
  readonly run: RunFolder | null;
  /** What is lacking or was passed over, one sentence each. */
  readonly notes: readonly string[];
  open(step: ModelStep): ModelWeights;
}

/** What cannot be read from a folder. */
export interface OpenModelOptions extends CheckpointChoice {
  /** Options for a run without `config.json`. */
  readonly architecture?: ArchitectureOptions;
}

/**
 * Opens any model: a run of `train`, a Hugging Face folder, a series of such folders, the Hub's cache, or one file of
 * weights with its `config.json` beside it. No weights are read.
 * @param source a path, or `NAME=PATH` to choose the name of the setting
 * @throws InputError saying what the folder lacks where it is none of these; UsageError for options that do not fit
 */
export function openModel(source: string, options: OpenModelOptions = {}): OpenedModel {
  const { setting, path } = nameRun(source);
  const isNamed = path !== source;
  const status = statusOf(path);
  if (status === undefined) throw new InputError(`${path}: no such file or folder; check the path`);
  if (!status.isDirectory()) return openModelFile(isNamed ? setting : undefined, path, options);
  const names = namesIn(path);
  if (isHubCache(path, names)) {
    return openHubCache(isNamed ? setting : cachedModelName(path), path, options);
  }
  const config = names.includes(configName) ? readModelConfig(path, cacheOfSnapshot(path)) : undefined;
  const place: Place = { name: setting, path, names, config, options };
  const series = openSeries(place);
  if (series !== undefined) return series;
  if (modelTypeOf(config) !== undefined) return openModelFolder(place);
  const weights = weightsIn(names);
  if (weights !== undefined) {
    const what = config === undefined ? `there is no ${configName}` : `${configName} has no model_type`;
    throw new InputError(
      `${path}: holds ${weights}, but ${what}; put the ${configName} that was published with the model there`,
    );
  }
  return openTrainingRun(source, path, names, options);
}

/** Opens several models. @throws UsageError when two of them have the same name */
export function openModels(sources: readonly string[], options: OpenModelOptions = {}): OpenedModel[] {
  const models = sources.map((source) => openModel(source, options));
  const byName = new Map<string, OpenedModel>();
  for (const model of models) {
    const other = byName.get(model.name);
    if (other !== undefined) {
      throw new UsageError(
        `two runs are named ${model.name} (${other.path} and ${model.path}); tell them apart with NAME=PATH, such as ${model.name}_2=${model.path}`,
      );
    }
    byName.set(model.name, model);
  }
  return models;
}

/** A folder that is being opened. */
interface Place {
  readonly name: string;
  readonly path: string;
  readonly names: readonly string[];
  readonly config: unknown;
  readonly options: OpenModelOptions;
}

type Parts = Omit<OpenedModel, 'open' | 'run'> & { readonly run?: RunFolder };

function opened(parts: Parts): OpenedModel {
  const { steps } = parts;
  if (steps.length === 0) throw new InputError(`${parts.path}: holds no checkpoints`);
  return { run: null, ...parts, open: (step) => openWeights(step) };
}

function openTrainingRun(
  source: string,
  path: string,
  names: readonly string[],
  options: OpenModelOptions,
): OpenedModel {
  const endsAsWeights = new RegExp(weightEndings);
  if (options.pattern === undefined && !names.some((name) => endsAsWeights.test(name))) {
    throw new InputError(
      `${path}: holds no model: neither checkpoints of a run (ckpt_0.pt, …), nor ${configName} with weights (model.safetensors, …), nor folders of such for each step (step1000, checkpoint-1000, …); give a folder that does`,
    );
  }
  const run = openRun(source, options);
  const { config } = configOfRun(run, options.architecture ?? {});
  const family = familyByName('copying');
  const architecture = family.architecture(config, join(path, configName));
  return opened({
    name: run.setting,
    path: run.path,
    kind: 'run',
    steps: run.checkpoints.map((file) => ({ ...file, architecture })),
    config,
    family,
    architecture,
    run,
    notes: run.notes,
  });
}

/** A folder whose config has a `model_type`: one model, or files of weights named by their step. */
function openModelFolder({ name, path, names, config, options }: Place): OpenedModel {
  const family = familyOfConfig(config, join(path, configName));
  const architecture = family.architecture(config, join(path, configName));
  const shared = { name, path, config, family, architecture };
  const weights = weightsIn(names);
  if (weights !== undefined) {
    const step = { step: null, ...locate(path, weights, architecture, options) };
    return opened({ ...shared, kind: 'model', steps: [step], notes: [] });
  }
  const files = namedSteps(names, weightFileNames, options.pattern, path);
  if (files === undefined)
    throw new InputError(`${path}: ${configName} is there, but ${missingWeights(names)}`);
  const steps = [...files.numbered].map(([step, [file = '']]) => ({
    step,
    ...locate(path, file, architecture, options),
  }));
  return opened({
    ...shared,
    kind: 'series',
    steps: inOrder(steps),
    notes: [
      `files named ${files.pattern} are taken for the checkpoints, {N} for their steps`,
      ...(files.others.length === 0 ? [] : [passedOver(files.others, files.pattern)]),
    ],
  });
}

const weightFileNames: NameRule = {
  form: weightFileForm,
  usual: null,
  never: unlikeCheckpoints,
};

/** Folders of one model at many steps. */
const stepFolderNames: NameRule = {
  form: /^(step_?|checkpoint-|ckpt_|)(\d{1,10})$/,
  usual: null,
  never: /[^\s\S]/,
};

/** Undefined where a folder has no folders of steps that hold weights. */
function openSeries({ name, path, names, config, options }: Place): OpenedModel | undefined {
  const folders = names.filter((entry) => statusOf(join(path, entry))?.isDirectory());
  const found = namedSteps(folders, stepFolderNames, options.pattern, path);
  if (found === undefined) return undefined;
  const taken = [...found.numbered.values()].flat();
  const others = folders.filter((folder) => !taken.includes(folder) && holdsModel(join(path, folder)));
  const notes = others.length === 0 ? [] : [passedOver(others, found.pattern)];
  if (modelTypeOf(config) !== undefined && weightsIn(names) !== undefined) {
    notes.push(
      `${weightsIn(names)} beside the folders named ${found.pattern} was passed over: its step is not known; give its own path to measure it`,
    );
  }
  const places = [...found.numbered].map(([step, [folder = '']]) => ({ step, path: join(path, folder) }));
  const parent = modelTypeOf(config) === undefined ? undefined : { config, file: join(path, configName) };
  return seriesOf(name, path, places, { notes, options, ...(parent && { parent }) });
}

function holdsModel(folder: string): boolean {
  return weightsIn(namesIn(folder)) !== undefined;
}

/** A config, and the file that holds it. */
interface FoundConfig {
  readonly config: unknown;
  readonly file: string;
}

/**
 * A series of model folders, each with a config of its own or the parent's.
 * @returns undefined where none of them holds weights
 */
function seriesOf(
  name: string,
  path: string,
  places: readonly { readonly step: number; readonly path: string }[],
  {
    notes,
    options,
    parent,
    within,
  }: {
    readonly notes: string[];
    readonly options: OpenModelOptions;
    readonly parent?: FoundConfig;
    readonly within?: string;
  },
): OpenedModel | undefined {
  const steps: ModelStep[] = [];
  let first: (FoundConfig & { family: ModelFamily; architecture: Architecture }) | undefined;
  for (const place of [...places].sort((a, b) => a.step - b.step)) {
    const names = namesIn(place.path);
    const weights = weightsIn(names);
    if (weights === undefined) {
      notes.push(`${basename(place.path)} was passed over: ${missingWeights(names)}`);
      continue;
    }
    const own = names.includes(configName)
      ? { config: readModelConfig(place.path, within), file: join(place.path, configName) }
      : parent;
    if (own === undefined) {
      throw new InputError(
        `${place.path}: holds ${weights}, but there is no ${configName}, nor in ${path}; put the one that was published with the model there`,
      );
    }
    if (first === undefined) {
      const family = familyOfConfig(own.config, own.file);
      first = { ...own, family, architecture: family.architecture(own.config, own.file) };
    } else checkSameModel(own, first);
    steps.push({
      step: place.step,
      ...locate(place.path, weights, first.architecture, options),
      ...(within !== undefined && { within }),
    });
  }
  if (first === undefined) return undefined;
  const { config, family, architecture } = first;
  return opened({ name, path, kind: 'series', steps, config, family, architecture, notes });
}

/** @throws InputError when two configs of a series are those of different models */
function checkSameModel(
  own: FoundConfig,
  first: FoundConfig & { readonly architecture: Architecture },
): void {
  if (own.config === first.config) return;
  const architecture = familyOfConfig(own.config, own.file).architecture(own.config, own.file);
  if (isDeepStrictEqual(architecture, first.architecture)) return;
  throw new InputError(
    `${own.file}: is of another model than ${first.file}; a series holds one model at many steps`,
  );
}

function openHubCache(name: string, path: string, options: OpenModelOptions): OpenedModel {
  const notes: string[] = [];
  const revisions = cachedRevisions(path, notes);
  const places = revisions.flatMap((found) => {
    const digits = /^step(\d{1,10})$/.exec(found.revision)?.[1];
    return digits === undefined ? [] : [{ step: Number(digits), path: found.path }];
  });
  const series = seriesOf(name, path, places, { notes, options, within: path });
  if (series !== undefined) return series;
  const main = revisions.find(({ revision }) => revision === 'main') ?? revisions[0];
  if (main === undefined) throw new InputError(`${path}: holds no revision; download the model again`);
  const others = revisions.filter((revision) => revision !== main);
  notes.push(
    ...others.map(({ revision }) => `revision ${revision} was passed over; give its snapshot to measure it`),
  );
  const model = openSnapshot(name, main.path, path, options);
  return { ...model, notes };
}

function openSnapshot(name: string, path: string, within: string, options: OpenModelOptions): OpenedModel {
  const names = namesIn(path);
  if (!names.includes(configName))
    throw new InputError(`${path}: has no ${configName}; download the model again`);
  const config = readModelConfig(path, within);
  const model = openModelFolder({ name, path, names, config, options });
  return { ...model, steps: model.steps.map((step) => ({ ...step, within })) };
}

/** One file of weights, or an index of shards, with its config beside it. */
function openModelFile(name: string | undefined, path: string, options: OpenModelOptions): OpenedModel {
  const folder = dirname(resolve(path));
  const names = namesIn(folder);
  const file = basename(path);
  if (file === configName) {
    throw new InputError(`${path}: is a config; give the folder that holds it together with the weights`);
  }
  const config = names.includes(configName) ? readModelConfig(folder, cacheOfSnapshot(folder)) : undefined;
  if (modelTypeOf(config) === undefined) {
    throw new InputError(
      `${path}: ${config === undefined ? `there is no ${configName} beside it` : `${configName} beside it has no model_type`}; give the folder of a run, or put the ${configName} of the model beside its weights`,
    );
  }
  const family = familyOfConfig(config, join(folder, configName));
  const architecture = family.architecture(config, join(folder, configName));
  const isUsual = weightsIn([file]) !== undefined;
  return opened({
    name: name ?? (isUsual ? basename(folder) : file.replace(new RegExp(weightEndings), '')),
    path,
    kind: 'model',
    steps: [{ step: null, ...locate(folder, file, architecture, options) }],
    config,
    family,
    architecture,
    notes: [],
  });
}

function locate(
  folder: string,
  file: string,
  architecture: Architecture,
  { key }: OpenModelOptions,
): WeightsLocation {
  const within = cacheOfSnapshot(resolve(folder));
  return {
    path: join(folder, file),
    architecture,
    ...(key !== undefined && { key }),
    ...(within !== undefined && { within }),
  };
}

function inOrder(steps: readonly ModelStep[]): ModelStep[] {
  return [...steps].sort((a, b) => (a.step ?? 0) - (b.step ?? 0));
}
