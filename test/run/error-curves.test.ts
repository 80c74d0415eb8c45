import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorsUntil, parseErrorCurves } from '../../src/run/error-curves.js';
import { parseRepeatedEntries } from '../../src/run/repeated-entries.js';
import { refusal } from '../checkpoint/hostile-archives.js';

const file = 'run/err_arr.json';
const entry = (epoch: number, more: object = {}) => ({
  epoch,
  loss_train: epoch + 0.1,
  err_train: epoch + 0.2,
  loss_test: epoch + 0.3,
  err_test: epoch + 0.4,
  loss_ood: epoch + 0.5,
  err_ood: epoch + 0.6,
  ...more,
});

function parse(entries: unknown) {
  const { steps, values, lastStep } = parseErrorCurves(JSON.stringify(entries), file);
  return {
    steps: [...steps],
    lastStep,
    ...Object.fromEntries([...values].map(([name, curve]) => [name, [...curve]])),
  };
}

describe('error curves', () => {
  it('end where training is taken to end', () => {
    const curves = parseErrorCurves(JSON.stringify([entry(0), entry(4), entry(9)]), file);
    const until = (step?: number) => {
      const { steps, values, lastStep } = errorsUntil(curves, step);
      return [[...steps], [...values.get('err_test')!], lastStep];
    };
    expect(until(5)).toEqual([[1, 5], [0.4, 4.4], 5]);
    expect(until(9)).toEqual([[1, 5], [0.4, 4.4], 9]);
    expect(until(0)).toEqual([[], [], 0]);
    expect(until(10)).toEqual(until());
    expect(until()).toEqual([[1, 5, 10], [0.4, 4.4, 9.4], 10]);
  });

  it('belong to the step after each epoch', () => {
    expect(parse([entry(0), entry(1), entry(2)])).toEqual({
      steps: [1, 2, 3],
      lastStep: 3,
      err_train: [0.2, 1.2, 2.2],
      err_test: [0.4, 1.4, 2.4],
      err_ood: [0.6, 1.6, 2.6],
      loss_train: [0.1, 1.1, 2.1],
      loss_test: [0.3, 1.3, 2.3],
      loss_ood: [0.5, 1.5, 2.5],
    });
  });

  it('leave out what was not evaluated, but know how far the run went', () => {
    const skipped = { evaluated: false };
    expect(
      parse([entry(0), entry(1, skipped), entry(2, { evaluated: true }), entry(3, skipped)]),
    ).toMatchObject({
      steps: [1, 3],
      lastStep: 4,
      err_ood: [0.6, 2.6],
    });
  });

  it('may be short, have gaps, or hold few quantities', () => {
    expect(parse([])).toEqual({ steps: [], lastStep: 0 });
    expect(parse([{ epoch: 4 }, { epoch: 9, err_ood: 0.5 }])).toEqual({
      steps: [5, 10],
      lastStep: 10,
      err_ood: [Number.NaN, 0.5],
    });
    expect(parse([{ epoch: 0, copy_err_ood: 0.25, other: 'x' }])).toEqual({
      steps: [1],
      lastStep: 1,
      copy_err_ood: [0.25],
    });
  });

  it('have gaps where a run diverged', () => {
    const { values } = parseErrorCurves(
      '[{"epoch": 0, "err_ood": NaN, "loss_ood":-Infinity, "err_test": null},{"epoch":1,"err_ood":0.5,"loss_ood":1e999,"err_test":1}]',
      file,
    );
    expect([...values].map(([name, curve]) => [name, ...curve])).toEqual([
      ['err_test', Number.NaN, 1],
      ['err_ood', Number.NaN, 0.5],
      ['loss_ood', Number.NaN, Number.NaN],
    ]);
  });

  it.each([
    ['', /not valid JSON.*restore it, or remove it to go on without error curves/],
    ['[', /not valid JSON/],
    ['[{"epoch"', /not valid JSON/],
    ['[\n{"epoch": 0},\n\n]', /not valid JSON/],
    ['[{"epoch": 0, "err_ood": nan}]', /not valid JSON/],
    ['{}', /expected a list with one object a step, found \{\}/],
    ['null', /expected a list.*found null/],
    ['[[]]', /entry 0: expected an object, found \[\]/],
    ['[null]', /entry 0: expected an object, found null/],
    ['[{"epoch": 0}, 5]', /entry 1: expected an object, found 5/],
    ['[{}]', /entry 0: expected "epoch" to be a whole number from 0, found nothing/],
    ['[{"epoch": "0"}]', /found "0"/],
    ['[{"epoch": 0.5}]', /found 0\.5/],
    ['[{"epoch": 0.5, "err_ood": 1}]', /found 0\.5/],
    ['[{"epoch": -1}]', /found -1/],
    ['[{"epoch": 1e300}]', /found 1e\+300/],
    ['[{"epoch": 2147483647}]', /found 2147483647/],
    ['[{"epoch": 1}, {"epoch": 1}]', /entry 1: epoch 1 does not come after epoch 1/],
    ['[{"epoch": 5}, {"epoch": 4, "evaluated": false}]', /entry 1: epoch 4 does not come after epoch 5/],
    ['[{"epoch": 0, "err_ood": "0.5"}]', /entry 0: expected "err_ood" to be a number, found "0\.5"/],
    ['[{"epoch": 0, "loss_test": {}}]', /entry 0: expected "loss_test" to be a number, found \{\}/],
    [
      `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
      /entry 0: expected an object, found something deeply nested/,
    ],
    [`[{"epoch": ${'['.repeat(100_000)}${']'.repeat(100_000)}}]`, /from 0, found something deeply nested/],
  ])('%.60s', (text, message) => {
    expect(refusal(() => parseErrorCurves(text, file), file)).toMatch(message);
  });
});

describe('a file that breaks off', () => {
  const entries = Array.from({ length: 40 }, (_, epoch) => ({
    epoch,
    err_ood: Math.floor(epoch / 10) / 10,
    note: 'a "} ] text',
    evaluated: epoch % 2 === 0,
  }));

  it.each([', ', ',\n  '])('keeps its whole entries, wherever it is cut: %j', (separator) => {
    const texts = entries.map((entry) => JSON.stringify(entry));
    const text = `\ufeff[${texts.join(separator)}]`;
    const firstEnd = text.indexOf('}', text.indexOf('evaluated')) + 1;
    for (let length = firstEnd; length < text.length - 1; length += 7) {
      const found = parseErrorCurves(text.slice(0, length), file);
      const whole = [...text.slice(0, length).matchAll(/"evaluated":(?:true|false)\}/g)].length;
      expect(found).toEqual({
        ...parseErrorCurves(JSON.stringify(entries.slice(0, whole)), file),
        isCut: true,
      });
      expect(found.lastStep).toBe(whole);
    }
    expect(parseErrorCurves(text, file)).toMatchObject({ isCut: false, lastStep: 40 });
  });
});

describe('entries that repeat', () => {
  /** Every way to write a list: what stands between the tokens makes no difference to `JSON.parse`, but to the text. */
  const spaces = fc.constantFrom('', ' ', '\n', ' \t\r\n');
  const value = fc.constantFrom(
    '0.5',
    '-1e-3',
    '1e999',
    'null',
    '"a } b"',
    '{"epoch": 3}',
    '[{"epoch": 9}, 2]',
    '',
  );
  const name = fc.constantFrom(
    'err_ood',
    'loss_test',
    'evaluated',
    'x"',
    'epoch',
    '\\u0065poch',
    '',
    '__proto__',
  );
  const epoch = fc.oneof(
    { weight: 30, arbitrary: fc.constant(undefined) },
    fc.constantFrom('0', '-1', '007', '1e1', '2147483647', '0.5', '"1"', ''),
  );
  const members = fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom('"err_ood": 0.25', '"loss_test": 3', '"evaluated": false') },
      fc.tuple(name, value).map(([key, text]) => `"${key}": ${text}`),
    ),
    { minLength: 1, maxLength: 3 },
  );
  const ends = fc.oneof(
    { weight: 30, arbitrary: fc.constant('},') },
    fc.constantFrom('}', '},,', ', 1},', '}, 0,', ']'),
  );
  const someText = fc
    .record({
      space: spaces,
      last: fc.constantFrom(']', ']\n', '', ',]', '] 1', '}'),
      groups: fc.array(fc.record({ epoch, members, end: ends, repeats: fc.integer({ min: 1, max: 20 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
    })
    .map(({ space, last, groups }) => {
      let at = 0;
      const entries = groups.flatMap((group) =>
        Array.from({ length: group.repeats }, () => {
          const head = `{"epoch":${space}${group.epoch ?? String(at)}`;
          at++;
          return `${head}, ${group.members.join(`,${space}`)}${group.end}`;
        }),
      );
      return `[${entries.join(space).replace(/,$/, '')}${last}`;
    });

  const outcome = (text: string) => {
    try {
      const { steps, values, lastStep } = parseErrorCurves(text, file);
      return { steps: [...steps], values: [...values].map(([key, curve]) => [key, ...curve]), lastStep };
    } catch (error) {
      return (error as Error).message.replace(/not valid JSON.*?\)/, 'not valid JSON');
    }
  };

  it('are read as JSON.parse reads them, and so is whatever looks like them', () => {
    let repeated = 0;
    fc.assert(
      fc.property(someText, (text) => {
        if (parseRepeatedEntries(text) !== undefined) repeated++;
        // A key before the first epoch changes nothing but the way the list is read.
        const slow = text.replace('{"epoch"', '{"y":0,"epoch"');
        expect(parseRepeatedEntries(slow)).toBeUndefined();
        expect(outcome(text)).toEqual(outcome(slow));
      }),
      { numRuns: 2000 },
    );
    expect(repeated).toBeGreaterThan(200);
  });

  it('are told apart by everything but their epoch', () => {
    const text =
      '[{"epoch": 3, "err_ood": 1}, {"epoch": 5, "err_ood": 1}, {"epoch": 6, "err_ood": 2}, {"epoch": 7, "err_ood": 2}]';
    expect(parseRepeatedEntries(text)).toEqual([
      { entry: { '': 0, err_ood: 1 }, epochs: [3, 5] },
      { entry: { '': 0, err_ood: 2 }, epochs: [6] },
      { entry: { '': 0, err_ood: 2 }, epochs: [7] },
    ]);
    expect(parse(JSON.parse(text))).toEqual({ steps: [4, 6, 7, 8], lastStep: 8, err_ood: [1, 1, 2, 2] });
  });

  it('are left to JSON.parse where few of them repeat', () => {
    const entries = Array.from({ length: 100 }, (_, at) => ({ epoch: at, err_ood: Math.floor(at / 2) }));
    expect(parseRepeatedEntries(JSON.stringify(entries))).toBeUndefined();
  });
});
