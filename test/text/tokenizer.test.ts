import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { byteTokens } from '../../src/text/byte-tokens.js';
import { tokenizerOf } from '../../src/text/tokenizer.js';

const folder = fileURLToPath(new URL('../golden/tokenizers/', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
const filesOf = (name: string) => ({
  tokenizer: read(`${name}/tokenizer.json`),
  config: {},
  file: 'tokenizer.json',
});

describe.each(['gpt2', 'llama2', 'llama3'])('a tokenizer of the form of %s', (name) => {
  const golden = read(`${name}/golden.json`);
  const tokenizer = tokenizerOf(filesOf(name), golden.vocabulary);

  it('makes of texts what the library of Python makes of them', () => {
    for (const { text, ids } of golden.texts) expect([...tokenizer.encode(text)]).toEqual(ids);
  });

  it('shows tokens as the text that they stand for', () => {
    const [{ text }] = golden.texts;
    const shown = [...tokenizer.encode(text)].filter((id) => !tokenizer.special.has(id)).map(tokenizer.show);
    expect(shown.join('').trimStart()).toBe(text);
  });
});

describe('a tokenizer', () => {
  it.each([
    [null, 340, /expected a tokenizer with a model, found null/],
    [[], 340, /expected a tokenizer with a model/],
    [{ model: { type: 'Unheard' } }, 340, /tokenizer\.json: cannot be used \(/],
    [
      read('gpt2/tokenizer.json'),
      300,
      /ids up to 339, but the model's vocabulary is 300; it belongs to another/,
    ],
    [
      read('gpt2/tokenizer.json'),
      50257,
      /has 340 tokens .* vocabulary is 50257; it belongs to another model/,
    ],
  ])('is refused in a line: %#', (tokenizer, vocabSize, message) => {
    expect(() => tokenizerOf({ tokenizer, config: {}, file: 'tokenizer.json' }, vocabSize)).toThrow(message);
  });

  it('makes no tokens of nothing', () => {
    expect(() => tokenizerOf(filesOf('gpt2'), 340).encode('')).toThrow(/the text "" makes no tokens/);
    expect(() => tokenizerOf(filesOf('llama2'), 380).encode('')).toThrow(/makes no tokens/);
    expect(() => byteTokens.encode('')).toThrow(/is empty and makes no tokens/);
  });

  it('has a vocabulary that may be padded', () => {
    expect([...tokenizerOf(filesOf('gpt2'), 384).encode(' the')]).toEqual([
      filesOf('gpt2').tokenizer.model.vocab['Ġthe'],
    ]);
    expect(tokenizerOf(filesOf('gpt2'), 384).show(383)).toBe('<383>');
  });
});

describe('bytes as tokens', () => {
  it('are those of UTF-8, shown one by one', () => {
    const ids = byteTokens.encode('aß');
    expect([...ids]).toEqual([97, 0xc3, 0x9f]);
    expect([...ids].map(byteTokens.show)).toEqual(['a', '<C3>', '<9F>']);
  });
});
