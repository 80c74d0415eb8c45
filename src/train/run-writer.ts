import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../checkpoint/safetensors.js';
import { writeTestSet } from '../checkpoint/test-set.js';
import { writeTorchFile } from '../checkpoint/torch-write.js';
import type { ParameterLayout } from '../model/parameters.js';
import { stateOf } from '../model/state.js';
import { writeFileAtomically } from '../run/atomic-file.js';
import type { RunConfig } from '../run/config.js';
import type { ErrorLog } from './error-log.js';
import { type Manifest, openManifest, saveManifest } from './manifest.js';
import { type Sequences, toTestSet } from './sequences.js';
import { saveTrainingState, type TrainingState } from './training-state.js';

/** Formats that checkpoints can be written in. */
export const checkpointFormats = ['pt', 'safetensors'] as const;

export type CheckpointFormat = (typeof checkpointFormats)[number];

export interface RunWriterOptions {
  readonly folder: string;
  readonly config: RunConfig;
  /** Keys of a config file that steer nothing here; kept. */
  readonly others: Readonly<Record<string, unknown>>;
  readonly layout: ParameterLayout;
  readonly formats: readonly CheckpointFormat[];
  readonly version: string;
  readonly fast: boolean;
}

/** Writes the files of a run, each under its final name only when it is whole. */
export interface RunWriter {
  /** The files that come before the first step: config and test sets. Those that are there stay. */
  begin(sets: { readonly test: Sequences; readonly ood: Sequences }): void;
  /** A checkpoint, as `ckpt_{step}` or, without a step, `ckpt`. */
  checkpoint(parameters: Float32Array, step?: number): void;
  /** Whether the checkpoint of a step was written, by this process or an earlier one. */
  has(step: number): boolean;
  /** The log, the manifest, then the state, so that what a state relies on is there when it is. */
  save(state: TrainingState, log: ErrorLog, finished: boolean): void;
  /** The log alone. */
  saveLog(log: ErrorLog): void;
}

/** @throws InputError from every function when the disk does not take a file */
export function createRunWriter(options: RunWriterOptions): RunWriter {
  const { folder, config, others, layout, formats, version, fast } = options;
  const allOptions = { ...others, ...config };
  const hashes = new Map<string, string>(Object.entries(openManifest(folder)?.checkpoints ?? {}));
  const nameOf = (step: number | undefined) => (step === undefined ? 'ckpt' : `ckpt_${step}`);

  return {
    begin({ test, ood }) {
      const missing = (name: string) => !existsSync(join(folder, name));
      const testSet = (name: string, set: Sequences) => {
        if (missing(`${name}.pth`)) {
          writeFileAtomically(join(folder, `${name}.pth`), writeTestSet(toTestSet(set), name));
        }
      };
      if (missing('config.json')) {
        writeFileAtomically(join(folder, 'config.json'), [`${JSON.stringify(allOptions, null, 1)}\n`]);
      }
      testSet('test', test);
      testSet('test_ood', ood);
    },
    checkpoint(parameters, step) {
      const state = stateOf(parameters, layout);
      for (const format of formats) {
        const file = `${nameOf(step)}.${format}`;
        const bytes = format === 'pt' ? writeTorchFile(state, nameOf(step)) : writeSafetensors(state);
        writeFileAtomically(join(folder, file), bytes);
        hashes.set(file, createHash('sha256').update(bytes).digest('hex'));
      }
    },
    has: (step) =>
      formats
        .map((format) => `${nameOf(step)}.${format}`)
        .every((file) => hashes.has(file) && existsSync(join(folder, file))),
    save(state, log, finished) {
      this.saveLog(log);
      const manifest: Manifest = {
        version,
        fast,
        config: allOptions,
        finished,
        checkpoints: Object.fromEntries(hashes),
      };
      saveManifest(folder, manifest);
      saveTrainingState(folder, state);
    },
    saveLog(log) {
      writeFileAtomically(join(folder, 'err_arr.json'), log.text());
    },
  };
}
