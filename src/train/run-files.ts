import { writeSafetensors } from '../checkpoint/safetensors-write.js';
import { writeTestSet } from '../checkpoint/test-set.js';
import { writeTorchFile } from '../checkpoint/torch-write.js';
import type { ParameterLayout } from '../model/parameters.js';
import { stateOf } from '../model/state.js';
import { fromFloat32 } from '../tensor/encode.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Sequences, toTestSet } from './sequences.js';
import type { ModelState } from './team.js';

/** A format that checkpoints can be written in. */
export type SavedFormat = 'pt' | 'safetensors';

/** A file of a run folder. */
export interface RunFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a run was made by, and a fingerprint of each of its checkpoints. */
export interface Manifest {
  /** Version of bridgescope. */
  readonly version: string;
  /** Whether with fused multiply-add, whose bits depend on the machine. */
  readonly fast: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether all steps were done. */
  readonly finished: boolean;
  /** SHA-256 of each checkpoint file by its name. */
  readonly checkpoints: Readonly<Record<string, string>>;
}

/** From where a run goes on. Random numbers need no state: those of a step are a function of the seed and the step. */
export interface TrainingState extends ModelState {
  /** Updates done. */
  readonly step: number;
  /** Mean loss that the last of them differentiated; it has no entry in the log yet where the step is still to be evaluated. */
  readonly lossStep: number;
}

/** Names of the files in the run folder. */
export const configName = 'config.json';
export const logName = 'err_arr.json';
export const manifestName = 'manifest.json';
export const stateName = 'training_state.safetensors';

/** Names of the moments as in PyTorch's AdamW. */
export const stateTensors = { parameters: 'parameters', m: 'exp_avg', v: 'exp_avg_sq' } as const;

/** `config.json`: every option, and the keys that steer nothing here. */
export function configFile(options: Readonly<Record<string, unknown>>): RunFile {
  return { name: configName, bytes: json(options) };
}

/** `test.pth` or `test_ood.pth`. */
export function testSetFile(name: 'test' | 'test_ood', set: Sequences): RunFile {
  return { name: `${name}.pth`, bytes: writeTestSet(toTestSet(set), name) };
}

/** Name of the checkpoint of a step or, without one, of the trained model. */
export function checkpointName(step: number | undefined, format: SavedFormat): string {
  return `${checkpointStem(step)}.${format}`;
}

function checkpointStem(step: number | undefined): string {
  return step === undefined ? 'ckpt' : `ckpt_${step}`;
}

/** A checkpoint, `ckpt_{step}` or, without a step, `ckpt`. */
export function checkpointFile(
  parameters: Float32Array,
  layout: ParameterLayout,
  step: number | undefined,
  format: SavedFormat,
): RunFile {
  const state = stateOf(parameters, layout);
  const bytes = format === 'pt' ? writeTorchFile(state, checkpointStem(step)) : writeSafetensors(state);
  return { name: checkpointName(step, format), bytes };
}

/** `manifest.json`. */
export function manifestFile(manifest: Manifest): RunFile {
  return { name: manifestName, bytes: json(manifest) };
}

/** The state of a run, in one file so that its parts always belong together. */
export function stateFile(state: TrainingState): RunFile {
  const flat = (values: Float32Array) => fromFloat32(values, [values.length]);
  const bytes = writeSafetensors(
    new Map([
      ['step', float64(state.step)],
      ['loss_step', float64(state.lossStep)],
      [stateTensors.parameters, flat(state.parameters)],
      [stateTensors.m, flat(state.m)],
      [stateTensors.v, flat(state.v)],
    ]),
  );
  return { name: stateName, bytes };
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

function float64(value: number): Tensor {
  return {
    dtype: 'float64',
    shape: [1],
    strides: [1],
    offset: 0,
    storage: new Uint8Array(Float64Array.of(value).buffer),
  };
}
