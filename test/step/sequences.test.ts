import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableCodec } from '../../src/checkpoint/codec.js';
import { readTestSet } from '../../src/checkpoint/test-set.js';
import { kernels } from '../../src/linalg/kernels.js';
import { parseConfig } from '../../src/run/config.js';
import { longestRepeat } from '../../src/step/copies.js';
import { headPatterns } from '../../src/step/head-patterns.js';
import { parseSequence } from '../../src/step/parse-sequence.js';
import { placeErrors } from '../../src/step/place-errors.js';
import { readSequence } from '../../src/step/read-sequence.js';
import { createStepSession } from '../../src/step/session.js';
import { countErrors } from '../../src/train/count-errors.js';
import { fromTestSet, slice } from '../../src/train/sequences.js';

/** What tools/make_step_golden.py wrote: PyTorch in float64. */
interface Reading {
  readonly tokens: readonly number[];
  readonly first_head: readonly number[];
  readonly last_rows: readonly number[];
  readonly losses: readonly number[];
  readonly likeliest: readonly number[];
  readonly probabilities: readonly number[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const cases: { folder: string; step: number; reading: Reading }[] = JSON.parse(
  readFileSync(`${root}test/golden/step.json`, 'utf8'),
);

function open(folder: string, step: number) {
  const { config } = parseConfig(readFileSync(`${root}${folder}/config.json`, 'utf8'), folder);
  const session = createStepSession(kernels);
  const file = `${folder}/ckpt_${step}.pt`;
  session.open('it', new Uint8Array(readFileSync(root + file)), config, file);
  return { config, session, engine: session.engine('it') };
}

/** Float32 activations against float64. */
const tolerance = 2e-5;

describe.each(cases)('$folder', ({ folder, step, reading }) => {
  const { config, engine } = open(folder, step);
  const tokens = Int32Array.from(reading.tokens);
  const found = readSequence(engine, config, tokens, null);
  const { max_seq_len: length, num_layers: layers, num_heads: heads } = config;
  const close = (values: ArrayLike<number>, expected: readonly number[]) => {
    expect(values.length).toBe(expected.length);
    expect(Math.max(...expected.map((value, at) => Math.abs(value - values[at]!)))).toBeLessThan(tolerance);
  };

  it('is read as PyTorch reads it', () => {
    close(found.attention.subarray(0, length * length), reading.first_head);
    const lastRows = Array.from({ length: layers * heads }, (_, map) => [
      ...found.attention.subarray((map + 1) * length * length - length, (map + 1) * length * length),
    ]).flat();
    close(lastRows, reading.last_rows);
    close(found.losses, reading.losses);
    close(found.probabilities, reading.probabilities);
    expect([...found.likeliest]).toEqual(reading.likeliest);
    expect([...found.predictions]).toEqual(reading.likeliest.filter((_, at) => at % 3 === 0));
    expect(found.verdicts.slice(1)).toEqual(
      reading.tokens
        .slice(1)
        .map((token, at) => (found.predictions[at] === token ? 'free right' : 'free wrong')),
    );
  });

  it('sees nothing of what stands behind a shorter sequence', () => {
    const count = length - 5;
    const short = readSequence(engine, config, tokens.slice(0, count), null);
    expect(short.losses).toEqual(found.losses.slice(0, count - 1));
    expect(short.likeliest).toEqual(found.likeliest.slice(0, 3 * count));
    for (let map = 0; map < layers * heads; map++) {
      for (let row = 0; row < count; row++) {
        const at = (map * length + row) * length;
        expect(short.attention.slice((map * count + row) * count, (map * count + row + 1) * count)).toEqual(
          found.attention.slice(at, at + count),
        );
      }
    }
  });
});

it('asks for the positions that the table counts, and finds as many errors', () => {
  const { config, engine } = open('examples/small_run', 1000);
  for (const name of ['test.pth', 'test_ood.pth']) {
    const bytes = new Uint8Array(readFileSync(`${root}examples/small_run/${name}`));
    const sequences = fromTestSet(readTestSet(bytes, name, portableCodec), config);
    const counts = countErrors(engine, sequences, config);
    const [first, second] = placeErrors(engine, config, sequences);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    expect(sum(second!.asked)).toBe(counts.copy_positions);
    expect(sum(first!.asked)).toBe(0);
    const askedWrong = second!.wrong.reduce(
      (total, wrong, place) => total + (second!.asked[place]! > 0 ? wrong : 0),
      0,
    );
    expect(askedWrong).toBe(counts.copy_positions - counts.copy_correct);
    expect(second!.asked.findIndex((asked) => asked > 0)).toBe(config.ignore_burning + 1);

    let [asked, right] = [0, 0];
    const few = slice(sequences, 0, 20);
    for (let s = 0; s < 20; s++) {
      const own = slice(few, s, s + 1);
      const copies = { length: own.lengths[0]!, starts: [own.starts![0]!, own.starts![1]!] as const };
      const { verdicts } = readSequence(engine, config, own.tokens, copies);
      asked += verdicts.filter((verdict) => verdict === 'right' || verdict === 'wrong').length;
      right += verdicts.filter((verdict) => verdict === 'right').length;
    }
    const fewCounts = countErrors(engine, few, config);
    expect([asked, right]).toEqual([fewCounts.copy_positions, fewCounts.copy_correct]);
  }
});

it('asks for every copy but the first where they fill the sequence', () => {
  const { config, engine } = open('examples/small_run', 1000);
  const tokens = Int32Array.from({ length: config.max_seq_len }, (_, at) => (at % 8) + 1);
  const copies = { length: 8, starts: [0, 8] as const, endless: true };
  const { verdicts } = readSequence(engine, config, tokens, copies);
  const counts = countErrors(engine, { tokens, lengths: Int32Array.of(8), starts: null }, config);
  const asked = verdicts.filter((verdict) => verdict === 'right' || verdict === 'wrong');
  expect(asked).toHaveLength(counts.copy_positions);
  expect(asked.filter((verdict) => verdict === 'right')).toHaveLength(counts.copy_correct);
  expect(verdicts.indexOf(asked[0]!)).toBe(8 + config.ignore_burning + 1);
});

it('finds the longest repeat that does not overlap itself', () => {
  expect(longestRepeat([1, 2, 3, 4, 9, 1, 2, 3, 4, 7], 3)).toEqual({ length: 4, starts: [0, 5] });
  expect(longestRepeat([5, 5, 5, 5, 5, 5], 2)).toEqual({ length: 3, starts: [0, 3] });
  expect(longestRepeat([1, 2, 3, 1, 2, 4], 3)).toBeNull();
  expect(longestRepeat([], 1)).toBeNull();
  fc.assert(
    fc.property(fc.array(fc.nat(2), { maxLength: 14 }), (tokens) => {
      let longest = 0;
      for (let a = 0; a < tokens.length; a++) {
        for (let b = a + 1; b < tokens.length; b++) {
          let length = 0;
          while (b + length < tokens.length && a + length < b && tokens[a + length] === tokens[b + length])
            length++;
          longest = Math.max(longest, length);
        }
      }
      const found = longestRepeat(tokens, 1);
      expect(found?.length ?? 0).toBe(longest);
      if (found === null) return;
      const [a, b] = found.starts;
      expect(a + found.length).toBeLessThanOrEqual(b);
      expect(tokens.slice(a, a + longest)).toEqual(tokens.slice(b, b + longest));
    }),
  );
});

it('scores heads that look at the token before, and at the token after the same one', () => {
  const tokens = Int32Array.of(7, 1, 2, 3, 8, 1, 2, 3);
  const copies = { length: 3, starts: [1, 5] as const };
  const n = tokens.length;
  const attention = new Float32Array(2 * n * n);
  for (let i = 0; i < n; i++) {
    attention[i * n + Math.max(0, i - 1)] = 1;
    // Position 5 (token 1) looks at position 2, and 6 at 3; elsewhere the head rests on the first token.
    attention[n * n + i * n + (i === 5 || i === 6 ? i - 3 : 0)] = 1;
  }
  const [first, second] = headPatterns({ attention, tokens, copies });
  expect(first).toEqual({ previous: expect.closeTo(1, 6), induction: 0 });
  expect(second).toEqual({ previous: expect.closeTo(1 / 7, 6), induction: 1 });
  expect(headPatterns({ attention, tokens, copies: null })[1]!.induction).toBeNull();
});

describe('a typed sequence', () => {
  const config = { vocab_size: 16, max_seq_len: 8 };

  it('is whole numbers between spaces and commas', () => {
    expect([...parseSequence(' 0, 15;3\n[7]\t', config)]).toEqual([0, 15, 3, 7]);
  });

  it.each([
    ['', 'expected at least 2 tokens, found 0: there is nothing to predict'],
    ['3', 'expected at least 2 tokens, found 1: there is nothing to predict'],
    ['1 2 16', 'token 3 is "16": expected a whole number from 0 to 15'],
    ['1 -2', 'token 2 is "-2": expected a whole number from 0 to 15'],
    ['1 2.5', 'token 2 is "2.5": expected a whole number from 0 to 15'],
    ['1 <b>', 'token 2 is "<b>": expected a whole number from 0 to 15'],
    ['1 1e1', 'token 2 is "1e1": expected a whole number from 0 to 15'],
    ['1 2 3 4 5 6 7 8 9 10', 'expected at most max_seq_len = 8 tokens, found 10; delete 2'],
  ])('%j is refused', (text, message) => {
    expect(() => parseSequence(text, config)).toThrow(message);
  });

  const units = [...' ,;[]()0123456789-+.eExN<>\n\t\u0000\u2028\ufeff\u00a0٣é', '\u{1f600}', ' 7 '];
  it('of any text is parsed or refused in one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...units), maxLength: 40 }), (text) => {
        try {
          expect(Math.max(...parseSequence(text, config))).toBeLessThan(16);
        } catch (error) {
          expect((error as Error).name).toBe('InputError');
          expect((error as Error).message).not.toMatch(/\n/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('too long for the model is refused, and so is attention too large for a page', () => {
    const { config: real, engine } = open('examples/small_run', 0);
    expect(() => readSequence(engine, real, new Int32Array(33), null)).toThrow('found 33');
    expect(() => readSequence(engine, { ...real, num_heads: 100_000 }, new Int32Array(3), null)).toThrow(
      'too large',
    );
  });
});

describe('a session', () => {
  it('forgets the checkpoints used least', () => {
    const { session, config } = open('examples/small_run', 0);
    const bytes = new Uint8Array(readFileSync(`${root}examples/small_run/ckpt_100.pt`));
    for (let at = 0; at < 11; at++) session.open(`${at}`, bytes, config, 'ckpt_100.pt');
    session.get('it');
    session.open('11', bytes, config, 'ckpt_100.pt');
    expect(['it', '0', '1', '11'].map((key) => session.has(key))).toEqual([true, false, true, true]);
    expect(() => session.get('0')).toThrow('not open');
  });

  it('computes with the checkpoint that is asked for', () => {
    const { session, config } = open('examples/small_run', 0);
    const bytes = new Uint8Array(readFileSync(`${root}examples/small_run/ckpt_2000.pt`));
    session.open('last', bytes, config, 'ckpt_2000.pt');
    const tokens = Int32Array.of(1, 2, 3, 4);
    const first = readSequence(session.engine('it'), config, tokens, null);
    const last = readSequence(session.engine('last'), config, tokens, null);
    expect(readSequence(session.engine('it'), config, tokens, null)).toEqual(first);
    expect(last.losses).not.toEqual(first.losses);
  });

  it('names the tensor of a checkpoint that has diverged or is another model', () => {
    const { session, config } = open('examples/small_run', 0);
    const nan = new Uint8Array(readFileSync(`${root}test/golden/checkpoint/nan.pt`));
    expect(() => session.open('nan', nan, config, 'nan.pt')).toThrow(/nan\.pt: tensor .* holds NaN/);
    const bytes = new Uint8Array(readFileSync(`${root}examples/small_run/ckpt_100.pt`));
    expect(() => session.open('other', bytes, { ...config, vocab_size: 17 }, 'ckpt_100.pt')).toThrow(
      'embed.embed.weight is 16×24',
    );
    expect(() => session.open('torn', bytes.slice(0, 5000), config, 'ckpt_100.pt')).toThrow('ckpt_100.pt');
    expect(session.has('torn')).toBe(false);
  });
});
