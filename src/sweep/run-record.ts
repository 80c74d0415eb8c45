import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import type { PlannedMeasures } from './plan.js';

/** What a sweep notes beside a run once it is trained and measured. */
export interface SweptRun {
  /** Version of bridgescope that finished it. */
  readonly bridgescope: string;
  /** SHA-256 of the config, or of what was done with a checkpoint. */
  readonly hash: string;
  /** Null for a checkpoint of a model, whose hash holds what was done with it. */
  readonly measure: PlannedMeasures | null;
  /** Wall-clock seconds of the call that finished the run. */
  readonly seconds: number;
}

const recordName = 'run.json';

/** Writes the record of a run into its folder. */
export function saveRecord(folder: string, record: SweptRun): void {
  writeFileAtomically(join(folder, recordName), [`${JSON.stringify(record, null, 1)}\n`]);
}

/** The record in a run folder; null where there is none. @throws InputError when it is none of ours */
export function openRecord(folder: string): SweptRun | null {
  const path = join(folder, recordName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new InputError(`${path}: cannot be read (${code}); check the folder`);
  }
  try {
    const record = JSON.parse(text) as Partial<SweptRun>;
    const { hash, measure, seconds, bridgescope } = record;
    const isWhole =
      typeof hash === 'string' && typeof bridgescope === 'string' && typeof seconds === 'number';
    const isMeasure = Array.isArray(measure?.ranks) && Array.isArray(measure.rel_pos);
    if (isWhole && (measure === null || isMeasure)) return record as SweptRun;
  } catch {
    // Told below, like every other file that is no record.
  }
  throw new InputError(`${path}: not the record of a finished run; remove the folder to make the run again`);
}

/** Whether two choices measure the same. */
export function sameMeasure(a: PlannedMeasures | null, b: PlannedMeasures): boolean {
  if (a === null) return false;
  const list = (values: readonly unknown[]) => JSON.stringify([...values].sort());
  return (['ranks', 'rel_pos', 'match'] as const).every((key) => list(a[key]) === list(b[key]));
}
