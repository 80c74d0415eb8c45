import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { ErrorLog } from '../../src/train/error-log.js';

const values = { err_train: 0.5, err_test: 0.25, err_ood: 1 };
const entry = (epoch: number, more: object = {}) => ({
  epoch,
  ...values,
  loss_step: 2.5,
  evaluated: true,
  ...more,
});
const parse = (entries: unknown, steps: number) =>
  ErrorLog.parse(JSON.stringify(entries), 'run/err_arr.json', steps);

function refusal(entries: unknown, steps: number): string {
  try {
    parse(entries, steps);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('the error log of an interrupted run', () => {
  it('is taken up as it was written', () => {
    const entries = [entry(0), entry(1, { evaluated: false, loss_step: 0.1 + 0.2 }), entry(2)];
    const log = parse(entries, 2);
    expect(JSON.parse([...log.text()].join(''))).toEqual(entries.slice(0, 2));
  });

  it.each([
    [[entry(0), null], 'expected an object for epoch 1, found null'],
    [[entry(0), entry(0)], 'expected epoch 1, found 0'],
    [
      [entry(0), entry(1, { evaluated: 'yes' })],
      'expected true or false as "evaluated" of epoch 1, found "yes"',
    ],
    [[entry(0), entry(1, { loss_step: null })], 'expected a number as "loss_step" of epoch 1, found null'],
    [
      [entry(0, { loss_step: undefined }), entry(1)],
      'expected a number as "loss_step" of epoch 0, found nothing',
    ],
    [[entry(0), entry(1, { err_ood: '1' })], 'expected a number as "err_ood" of epoch 1, found "1"'],
    [[entry(0)], 'expected the entries of 3 steps, found 1'],
    [{}, 'expected the entries of 3 steps, found no list'],
  ])('is refused where it is none: %j', (entries, message) => {
    expect(refusal(entries, 3)).toBe(`run/err_arr.json: ${message}; start over with --overwrite`);
  });
});
