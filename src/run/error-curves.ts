import { InputError, showValue } from '../errors.js';
import { parsePythonJson } from './python-json.js';
import { parseRepeatedEntries, type RepeatedEntry } from './repeated-entries.js';
import { wholeEntries } from './whole-entries.js';

/** Quantities that `err_arr.json` can hold, in the order they appear in the table. */
export const errorMeasures = [
  'err_train',
  'err_test',
  'err_ood',
  'copy_err_test',
  'copy_err_ood',
  'loss_train',
  'loss_test',
  'loss_ood',
] as const;

export type ErrorMeasure = (typeof errorMeasures)[number];

/** Losses and errors over training. */
export interface ErrorCurves {
  /** Updates done when each entry was evaluated: its 0-based `epoch` + 1. */
  readonly steps: Int32Array;
  /** One value a step, NaN where the file holds null or NaN; quantities that no entry has are absent. */
  readonly values: ReadonlyMap<ErrorMeasure, Float64Array>;
  /** The last step that has an entry, evaluated or not; 0 when there is none. */
  readonly lastStep: number;
  /** Whether the file breaks off in the middle of an entry, after those that are here. */
  readonly isCut: boolean;
}

/** The curves as if training had ended at a step. */
export function errorsUntil(curves: ErrorCurves, step = Number.POSITIVE_INFINITY): ErrorCurves {
  const { steps, values, lastStep } = curves;
  if (lastStep <= step) return curves;
  const after = steps.findIndex((own) => own > step);
  const count = after === -1 ? steps.length : after;
  return {
    steps: steps.subarray(0, count),
    values: new Map([...values].map(([measure, column]) => [measure, column.subarray(0, count)])),
    lastStep: Math.min(lastStep, Math.max(0, step)),
    isCut: false,
  };
}

type Entry = RepeatedEntry['entry'];

/**
 * Reads the text of an `err_arr.json`: a list with one object a step. Entries marked `"evaluated": false` only repeat
 * earlier values and are left out. Python's bare `NaN` and `Infinity`, which a diverged run writes, count as null. Of a
 * file that breaks off, because training was ended while it was written, the whole entries are taken.
 * @throws InputError when it is not such a list, naming the entry
 */
export function parseErrorCurves(text: string, file: string): ErrorCurves {
  const { groups, isCut } = parseGroups(text, file);
  const length = groups.reduce((sum, { epochs }) => sum + (epochs?.length ?? 1), 0);
  const steps = new Int32Array(length);
  const values = new Map<ErrorMeasure, Float64Array>();
  let at = 0;
  let kept = 0;
  let lastStep = 0;
  for (const { entry, epochs = [checkedEpoch(entry, at, lastStep, file)] } of groups) {
    lastStep = (epochs.at(-1) ?? lastStep) + 1;
    if (entry['evaluated'] !== false) {
      for (const measure of errorMeasures) {
        const value = entry[measure];
        if (value === undefined) continue;
        if (value !== null && typeof value !== 'number') {
          throw malformed(file, at, `expected "${measure}" to be a number, found ${showValue(value)}`);
        }
        let column = values.get(measure);
        if (column === undefined) {
          column = new Float64Array(length).fill(Number.NaN);
          values.set(measure, column);
        }
        // JSON's 1e999 is an infinity.
        if (value === null || !Number.isFinite(value)) continue;
        for (let row = kept; row < kept + epochs.length; row++) column[row] = value;
      }
      for (const epoch of epochs) steps[kept++] = epoch + 1;
    }
    at += epochs.length;
  }
  return {
    steps: steps.subarray(0, kept),
    values: new Map(
      errorMeasures.flatMap((measure) => {
        const column = values.get(measure);
        return column === undefined ? [] : [[measure, column.subarray(0, kept)] as const];
      }),
    ),
    lastStep,
    isCut,
  };
}

/** Entries one by one, or those that repeat each other together. */
interface Groups {
  readonly groups: readonly { readonly entry: Entry; readonly epochs?: readonly number[] }[];
  readonly isCut: boolean;
}

function parseGroups(text: string, file: string): Groups {
  const repeated = parseRepeatedEntries(text);
  if (repeated !== undefined) return { groups: repeated, isCut: false };
  try {
    return { groups: parseEntries(text, file).map((entry) => ({ entry })), isCut: false };
  } catch (error) {
    const whole = wholeEntries(text);
    if (whole === undefined) throw error;
    const groups = parseRepeatedEntries(whole) ?? parseEntries(whole, file).map((entry) => ({ entry }));
    return { groups, isCut: true };
  }
}

function checkedEpoch(entry: Entry, at: number, lastStep: number, file: string): number {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw malformed(file, at, `expected an object, found ${showValue(entry)}`);
  }
  const epoch = entry['epoch'];
  if (typeof epoch !== 'number' || !Number.isInteger(epoch) || epoch < 0 || epoch >= 0x7fff_ffff) {
    throw malformed(file, at, `expected "epoch" to be a whole number from 0, found ${showValue(epoch)}`);
  }
  if (epoch + 1 <= lastStep) {
    throw malformed(file, at, `epoch ${epoch} does not come after epoch ${lastStep - 1}`);
  }
  return epoch;
}

function parseEntries(text: string, file: string): readonly Entry[] {
  const remedy = 'restore it, or remove it to go on without error curves';
  const parsed = parsePythonJson(text, file, remedy);
  if (!Array.isArray(parsed)) {
    throw new InputError(`${file}: expected a list with one object a step, found ${showValue(parsed)}`);
  }
  return parsed as Entry[];
}

function malformed(file: string, at: number, what: string): InputError {
  return new InputError(
    `${file}: entry ${at}: ${what}; restore it, or remove it to go on without error curves`,
  );
}
