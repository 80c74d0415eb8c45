import type { ParameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import type { ErrorLog } from './error-log.js';
import {
  checkpointFile,
  checkpointName,
  configFile,
  configName,
  logName,
  manifestFile,
  type RunFile,
  type SavedFormat,
  stateFile,
  type TrainingState,
  testSetFile,
} from './run-files.js';
import type { Sequences } from './sequences.js';

/** Where the files of a run go: a folder, or the memory of a page. */
export interface RunStore {
  /** Whether a file of this name is there. */
  has(name: string): boolean;
  /** Keeps a file, whole or not at all. @throws InputError when there is no room */
  write(name: string, data: Uint8Array | Iterable<string>): void;
  /** SHA-256 in hexadecimal. */
  sha256(bytes: Uint8Array): string;
}

export interface RunWriterOptions {
  readonly store: RunStore;
  readonly config: RunConfig;
  /** Keys of a config file that steer nothing here; kept. */
  readonly others: Readonly<Record<string, unknown>>;
  readonly layout: ParameterLayout;
  readonly formats: readonly SavedFormat[];
  /** Hashes of the checkpoints that an earlier process has written. */
  readonly hashes?: Readonly<Record<string, string>>;
  readonly version: string;
  readonly fast: boolean;
}

/** Writes the files of a run. */
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

/** @throws InputError from every function when the store does not take a file */
export function createRunWriter(options: RunWriterOptions): RunWriter {
  const { store, config, others, layout, formats, version, fast } = options;
  const allOptions = { ...others, ...config };
  const hashes = new Map<string, string>(Object.entries(options.hashes ?? {}));
  const write = ({ name, bytes }: RunFile) => store.write(name, bytes);
  const saveLog = (log: ErrorLog) => store.write(logName, log.text());

  return {
    begin({ test, ood }) {
      if (!store.has(configName)) write(configFile(allOptions));
      if (!store.has('test.pth')) write(testSetFile('test', test));
      if (!store.has('test_ood.pth')) write(testSetFile('test_ood', ood));
    },
    checkpoint(parameters, step) {
      for (const format of formats) {
        const file = checkpointFile(parameters, layout, step, format);
        write(file);
        hashes.set(file.name, store.sha256(file.bytes));
      }
    },
    has: (step) =>
      formats
        .map((format) => checkpointName(step, format))
        .every((file) => hashes.has(file) && store.has(file)),
    save(state, log, finished) {
      saveLog(log);
      const checkpoints = Object.fromEntries(hashes);
      write(manifestFile({ version, fast, config: allOptions, finished, checkpoints }));
      write(stateFile(state));
    },
    saveLog,
  };
}
