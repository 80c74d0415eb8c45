import { availableParallelism } from 'node:os';
import { openModels } from '../run/open-model.js';
import { measureOpened, type OpenedOptions } from './measure-opened.js';
import type { SeriesResult } from './measure-runs.js';

/**
 * Measures runs of `train`, models in Hugging Face folders, and series of either into one table, as `bridgescope measure` does.
 * @param sources paths; `NAME=PATH` chooses the name of the setting
 * @param options unless given: every checkpoint, relative position 0, the ranks and measures that fit each model, weights as stored, all pairs where there
 * are not too many, all cores
 * @throws InputError for what cannot be read; UsageError for what does not fit a model
 */
export function measure(
  sources: string | readonly string[],
  options: Partial<OpenedOptions> = {},
): Promise<SeriesResult> {
  const architecture = options.architecture ?? {};
  return measureOpened(openModels([sources].flat(), { architecture }), {
    relPos: [0],
    foldNorm: false,
    pairs: { kind: 'usual' },
    steps: () => true,
    jobs: availableParallelism(),
    ...options,
    architecture,
  });
}
