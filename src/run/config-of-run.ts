import { openCheckpoint } from '../checkpoint/open.js';
import { UsageError } from '../errors.js';
import type { StateDict } from '../tensor/tensor.js';
import type { ConfigFile, RunConfig } from './config.js';
import type { RunFolder } from './folder.js';
import { type ArchitectureOptions, inferConfig } from './infer-config.js';

/**
 * A run's config: its own `config.json`, or else what follows from the weights and options.
 * @throws UsageError when an option contradicts the run's own config
 * @throws InputError when there is none and the options do not make up for it
 */
export function configOfRun(run: RunFolder, architecture: ArchitectureOptions): ConfigFile {
  if (run.configFile === undefined) return configFromWeights(run, architecture);
  checkAgreement(run, run.configFile.config, architecture);
  return run.configFile;
}

/** Sizes come from the first checkpoint that can be read; a broken one is named when it is its turn. */
function configFromWeights(run: RunFolder, architecture: ArchitectureOptions): ConfigFile {
  let failure: unknown;
  for (const { path, key } of run.checkpoints) {
    let state: StateDict;
    try {
      ({ state } = openCheckpoint(path, key));
    } catch (error) {
      failure = error;
      continue;
    }
    return inferConfig(state, architecture, run.path);
  }
  throw failure;
}

/** @throws UsageError when an option contradicts the run's own `config.json` */
function checkAgreement(run: RunFolder, config: RunConfig, architecture: ArchitectureOptions): void {
  for (const [name, asked] of Object.entries(architecture)) {
    const own = config[name as keyof ArchitectureOptions];
    if (own !== asked) {
      throw new UsageError(
        `--${name} ${asked} contradicts config.json of ${run.path}, where it is ${own}; leave the option out`,
      );
    }
  }
}
