import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { openCheckpoint } from '../checkpoint/open.js';
import { InputError } from '../errors.js';
import { readWhole } from '../files/read-whole.js';
import { kernels } from '../linalg/kernels.js';
import type { MeasureKey } from '../measures/measure.js';
import { parseErrorCurves } from '../run/error-curves.js';
import type { CheckpointFile } from '../run/folder.js';
import { differenceBetween } from './difference.js';
import { measureCheckpoint } from './measure-checkpoint.js';
import type { CheckpointsResult, CheckpointsTask, ErrorsResult, ErrorsTask, MeasuredFile } from './task.js';

/** Measures the files of a task one after the other; a broken one is reported and the rest goes on. */
export function measureFiles({ plan, files }: CheckpointsTask): CheckpointsResult {
  let keys: readonly MeasureKey[] = [];
  const measured = files.map((file): MeasuredFile => {
    let sha256: string | undefined;
    try {
      const { bytes, state } = openCheckpoint(file.path, file.key);
      sha256 = createHash('sha256').update(bytes).digest('hex');
      const result = measureCheckpoint(state, plan, kernels, file.path);
      keys = result.keys;
      const note = compareTwin(file);
      return { values: result.values, sha256, ...(note !== undefined && { note }) };
    } catch (error) {
      return { failure: reason(error, file.path), ...(sha256 !== undefined && { sha256 }) };
    }
  });
  return { keys, files: measured };
}

/** Reads a run's error curves. */
export function readErrors({ file }: ErrorsTask): ErrorsResult {
  try {
    const bytes = readWhole(file);
    // Megabytes of digits: latin1 takes them over as they are, and Python escapes the rest.
    const text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
    return { curves: parseErrorCurves(text, file) };
  } catch (error) {
    return { failure: reason(error, file) };
  }
}

function compareTwin({ path, twin, key }: CheckpointFile): string | undefined {
  if (twin === undefined) return undefined;
  try {
    const difference = differenceBetween(openCheckpoint(path, key).state, openCheckpoint(twin, key).state);
    return difference === undefined
      ? undefined
      : `${path} and ${twin} differ (${difference}); the first was measured`;
  } catch (error) {
    return `${path} was measured, but not compared with the same step in the other format: ${reason(error, twin)}`;
  }
}

function reason(error: unknown, file: string): string {
  if (error instanceof InputError) return error.message;
  return `${file}: ${error instanceof Error ? error.message : String(error)}`;
}
