import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoint/open.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { writeTinyGpt2 } from '../behaviour/tiny-gpt2.js';
import { goldenModelPath, goldenModelValues, smallLlama } from '../model/families/golden-models.js';
import { bridgescope, smallRun } from './run.js';

const tokenizers = fileURLToPath(new URL('../golden/tokenizers/', import.meta.url));
let folder: string;
const inside = (name: string) => join(folder, name);
const written = (name: string, json: unknown) => {
  writeFileSync(inside(name), JSON.stringify(json));
  return inside(name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'predict '));
  writeTinyGpt2(inside('with text'), 340);
  copyFileSync(`${tokenizers}gpt2/tokenizer.json`, inside('with text/tokenizer.json'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bridgescope predict', () => {
  it('prints what PyTorch gives, and saves its attention', async () => {
    const golden = goldenModelValues('llama');
    const ids = written('ids.json', golden.input_ids);
    const { status, stdout } = await bridgescope(
      ...['predict', goldenModelPath('llama'), '--tokens', ids, '--json', '--logits', '--jobs', '1'],
      ...['--attention', inside('maps.safetensors')],
    );
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.map(({ argmax }: { argmax: number[] }) => argmax)).toEqual(golden.argmax);
    const losses: number[] = found.map(({ loss }: { loss: number }) => loss);
    expect(losses.reduce((sum, loss) => sum + loss, 0) / losses.length).toBeCloseTo(golden.loss, 4);
    golden.logits_last.at(-1).forEach((logit: number, id: number) => {
      expect(Math.abs(found[0].logits_last[id] - logit)).toBeLessThan(1e-4);
    });
    const maps = openCheckpoint(inside('maps.safetensors')).state;
    const expected = openCheckpoint(join(goldenModelPath('llama'), 'golden_attention.safetensors')).state;
    for (const [name, map] of expected) {
      const values = toFloat64(maps.get(name)!);
      expect(maps.get(name)!.shape).toEqual([golden.input_ids.length, ...map.shape]);
      // The golden maps are of the first sequence.
      toFloat64(map).forEach((value, at) => {
        expect(Math.abs(values[at]! - value)).toBeLessThan(1e-4);
      });
    }
  });

  it('takes text where a model has a tokenizer', async () => {
    const shown = await bridgescope('predict', inside('with text'), 'The cat sat', '--jobs', '1');
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^position +token +id +loss/);
    expect(shown.stdout).toMatch(/mean loss \d+\.\d{4}; likeliest next tokens:\n(?:.* %.*\n){5}$/);
    const json = await bridgescope('predict', inside('with text'), 'The cat sat', '--json', '--jobs', '1');
    const [found] = JSON.parse(json.stdout);
    expect(found.tokens.join('')).toBe('The cat sat');
    expect(found.losses).toHaveLength(found.input_ids.length - 1);
    expect(found.next).toHaveLength(5);
  });

  it('takes text byte by byte where tokens are bytes, and says so', async () => {
    const { status, stdout, stderr } = await bridgescope('predict', smallLlama, 'aß', '--json');
    expect(status).toBe(0);
    expect(stderr).toMatch(/has no tokenizer\.json; the text is taken byte by byte/);
    expect(JSON.parse(stdout)[0].input_ids).toEqual([97, 195, 159]);
  });
});

describe('bad input', () => {
  const refused = async (args: readonly string[], message: RegExp, status = 1) => {
    const found = await bridgescope('predict', ...args);
    expect(found).toMatchObject({ status, stdout: '' });
    expect(found.stderr).toMatch(message);
    expect(found.stderr.trim().split('\n')).toHaveLength(1);
  };

  it.each([
    [
      'ids beyond the vocabulary',
      [[1, 2, 340]],
      /token 340 at position 2 of sequence 0 is beyond the vocabulary of 340/,
    ],
    [
      'more tokens than positions',
      [Array(65).fill(1)],
      /a sequence has 65 tokens, the model has positions for 64/,
    ],
    ['what is no list of ids', { ids: 1 }, /expected token ids/],
  ])('is refused in a line: %s', async (_, json, message) => {
    await refused([inside('with text'), '--tokens', written('bad.json', json)], message);
  });

  it('is refused in a line: text that makes no tokens, or for a model that takes none', async () => {
    await refused([inside('with text'), ''], /the text "" makes no tokens/);
    await refused(
      [smallRun, 'text'],
      /has no tokenizer\.json, and its vocabulary of 16 is not that of bytes/,
    );
    await refused([inside('with text')], /give either a text or --tokens/, 2);
  });

  it('is refused in a line: a tokenizer of another model', async () => {
    writeTinyGpt2(inside('other'), 300);
    copyFileSync(`${tokenizers}gpt2/tokenizer.json`, inside('other/tokenizer.json'));
    await refused([inside('other'), 'text'], /it belongs to another model/);
  });

  it('is refused in a line: NaN in a layer, which is named', async () => {
    writeTinyGpt2(inside('damaged'), 300, 'h.1.mlp.c_fc.bias');
    const ids = written('few.json', [1, 2, 3]);
    const maps = inside('none.safetensors');
    await refused(
      [inside('damaged'), '--tokens', ids, '--attention', maps],
      /damaged.*: the feed-forward part of layer 1 gave NaN or infinity/,
    );
    expect(existsSync(maps)).toBe(false);
  });

  it('is refused in a line: maps of sequences that differ in length', async () => {
    const ids = written('uneven.json', [[1, 2], [1]]);
    await refused(
      [inside('with text'), '--tokens', ids, '--attention', inside('none.safetensors')],
      /sequence 1 has 1 tokens, sequence 0 has 2/,
    );
  });
});
