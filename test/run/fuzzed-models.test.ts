import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { openModel } from '../../src/run/open-model.js';

fc.configureGlobal({ seed: 20265 });

const golden = 'test/golden/models';
const families = readdirSync(golden, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bridgescope-fuzz-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A copy of a sound model, to be damaged. */
function copyOf(family: string): { path: string; weights: string } {
  const path = mkdtempSync(join(root, `${family}-`));
  cpSync(join(golden, family), path, { recursive: true });
  const weights = readdirSync(path).find((name) => /^(?:model\.safetensors|pytorch_model\.bin)/.test(name));
  return { path, weights: join(path, weights!) };
}

/** Reads all there is in a model. */
function readModel(path: string): void {
  const model = openModel(path);
  const weights = model.open(model.steps[0]!);
  const last = weights.architecture.vocabSize - 1;
  for (const rows of [weights.embedding, weights.unembedding]) rows(last, 1);
  weights.positionEmbedding();
  weights.finalNorm();
  weights.unembeddingBias();
  // A config that claims a thousand layers is refused at the first one that is not there.
  for (let index = 0; index < weights.architecture.layers; index++) {
    weights.layer(index).attention();
    weights.layer(index).mlp();
  }
}

/** Either it can be read, or one line names what is wrong and where. */
function readsOrRefuses(path: string): void {
  try {
    readModel(path);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as Error;
    expect(message.startsWith(path)).toBe(true);
    expect(message).not.toMatch(/\n|\[object|undefined/);
    expect(message.length).toBeLessThan(700);
  }
}

const hostileValue = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -1,
    1,
    2,
    3,
    0.5,
    1e9,
    2 ** 31,
    2 ** 53,
    1e308,
    1e-308,
    null,
    true,
    false,
    '',
    [],
  ),
  fc.nat(300),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    { rope_type: 'linear', factor: 0 },
    { type: 'linear', factor: -1 },
    { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 },
    { rope_type: 'dynamic' },
    { rope_type: 'yarn', factor: 4 },
    { type: '__proto__' },
  ),
);

const moreKeys = [
  'model_type',
  'rope_scaling',
  'rope_theta',
  'head_dim',
  'num_key_value_heads',
  'sliding_window',
  'tie_word_embeddings',
  'hidden_act',
  'quantization_config',
  '__proto__',
];

describe.each(families)('a model of %s', (family) => {
  it('is sound', () => {
    expect(() => readModel(copyOf(family).path)).not.toThrow();
  });

  it('with any values in its config is read or refused', () => {
    const { path } = copyOf(family);
    const file = join(path, 'config.json');
    const sound = JSON.parse(readFileSync(file, 'utf8'));
    const key = fc.constantFrom(...Object.keys(sound), ...moreKeys);
    fc.assert(
      fc.property(fc.array(fc.tuple(key, hostileValue), { minLength: 1, maxLength: 3 }), (changes) => {
        const members = new Map<string, unknown>([...Object.entries(sound), ...changes]);
        // Not through an object, where __proto__ would vanish.
        const text = [...members].map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
        writeFileSync(file, `{${text.join(', ')}}`);
        readsOrRefuses(path);
      }),
      { numRuns: 100 },
    );
  });

  it('without any of its tensors, or with damaged headers, is read or refused', () => {
    const { path, weights } = copyOf(family);
    const sound = readFileSync(weights);
    // A safetensors header, or a pickle, stands in the first bytes; a zip archive's directory in the last.
    const place = fc.oneof(
      fc.nat(Math.min(6000, sound.length - 1)),
      fc.nat(Math.min(2000, sound.length - 1)).map((back) => sound.length - 1 - back),
    );
    const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 3 }),
        fc.option(fc.nat(sound.length), { freq: 4 }),
        (changes, length) => {
          const bytes = Uint8Array.from(sound);
          for (const [at, value] of changes) bytes[at] = value;
          writeFileSync(weights, length === null ? bytes : bytes.subarray(0, length));
          readsOrRefuses(path);
        },
      ),
      { numRuns: 60 },
    );
  });
});
