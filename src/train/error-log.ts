import { InputError } from '../errors.js';
import type { Evaluations } from './team.js';

/** What `err_arr.json` says of one evaluation, under the published names and some of its own. */
type Evaluated = Readonly<Record<string, number>>;

/**
 * The lines of an `err_arr.json`: one object a step. Steps that were not evaluated repeat the last values and carry
 * `"evaluated": false`; `loss_step`, the loss that was differentiated, is there for every step.
 */
export class ErrorLog {
  private readonly lines: string[] = [];
  private last: Evaluated = {};

  /** Steps that have an entry. */
  get length(): number {
    return this.lines.length;
  }

  /** Adds the entry of a step that was not evaluated. */
  repeat(lossStep: number): void {
    this.add(this.last, lossStep, false);
  }

  /** Adds the entry of a step that was. */
  evaluated(lossStep: number, { train, test, ood }: Evaluations): void {
    this.last = {
      loss_train: train.loss,
      err_train: train.err,
      loss_test: test.loss,
      err_test: test.err,
      loss_ood: ood.loss,
      err_ood: ood.err,
      copy_err_train: train.copy_err,
      copy_err_test: test.copy_err,
      copy_err_ood: ood.copy_err,
    };
    this.add(this.last, lossStep, true);
  }

  /** The text of the file, in pieces. */
  *text(): Generator<string> {
    const perPiece = 1000;
    yield '[';
    for (let from = 0; from < this.lines.length; from += perPiece) {
      const piece = this.lines.slice(from, from + perPiece).join(',\n');
      yield `${from === 0 ? '\n' : ',\n'}${piece}`;
    }
    yield '\n]\n';
  }

  /**
   * Takes up what an interrupted run has written, up to `steps`; later entries will be made again. The last may be missing,
   * where the run ended before it was evaluated.
   * @param path named in errors
   * @throws InputError when it is not a log of so many steps
   */
  static parse(text: string, path: string, steps: number): ErrorLog {
    const log = new ErrorLog();
    let entries: unknown;
    try {
      entries = JSON.parse(text);
    } catch (error) {
      throw new InputError(
        `${path}: not valid JSON (${(error as Error).message}); start over with --overwrite`,
      );
    }
    if (!Array.isArray(entries) || entries.length < steps - 1) {
      throw new InputError(
        `${path}: expected the entries of ${steps} steps, found ${Array.isArray(entries) ? entries.length : 'no list'}; start over with --overwrite`,
      );
    }
    for (const entry of entries.slice(0, steps)) {
      const { loss_step, evaluated, values } = checkedEntry(entry, log.length, path);
      log.last = values;
      log.add(values, loss_step, evaluated);
    }
    return log;
  }

  private add(values: Evaluated, lossStep: number, evaluated: boolean): void {
    this.lines.push(JSON.stringify({ epoch: this.lines.length, ...values, loss_step: lossStep, evaluated }));
  }
}

interface Entry {
  readonly loss_step: number;
  readonly evaluated: boolean;
  readonly values: Evaluated;
}

/** @throws InputError when it is not the entry of that epoch, with numbers alone besides `evaluated` */
function checkedEntry(entry: unknown, expected: number, path: string): Entry {
  const fail = (what: string, found: unknown): never => {
    throw new InputError(
      `${path}: expected ${what}, found ${JSON.stringify(found) ?? 'nothing'}; start over with --overwrite`,
    );
  };
  if (typeof entry !== 'object' || entry === null) return fail(`an object for epoch ${expected}`, entry);
  const { epoch, evaluated, loss_step, ...rest } = entry as Record<string, unknown>;
  if (epoch !== expected) return fail(`epoch ${expected}`, epoch);
  if (typeof evaluated !== 'boolean')
    return fail(`true or false as "evaluated" of epoch ${epoch}`, evaluated);
  if (!isNumber(loss_step)) return fail(`a number as "loss_step" of epoch ${epoch}`, loss_step);
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(rest)) {
    values[name] = isNumber(value)
      ? value
      : fail(`a number as ${JSON.stringify(name)} of epoch ${epoch}`, value);
  }
  return { loss_step, evaluated, values };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
