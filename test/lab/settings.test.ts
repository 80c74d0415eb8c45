import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkSettings, labPairs, nameOf, settingsOf, withLength } from '../../explorer/lab/lab-settings.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const first = labPairs[0]!;

describe('the settings of the lab', () => {
  it('are sound in every comparison, and differ between its two runs', () => {
    for (const { left, right } of labPairs) {
      const [a, b] = [checkSettings(left), checkSettings(right)];
      expect(a.problem ?? b.problem).toBeUndefined();
      expect(nameOf(a.config!)).not.toBe(nameOf(b.config!));
    }
  });

  it('are those of the tutorial at first', () => {
    const yaml = /tutorial\.yaml <<'END'\n([\s\S]*?)END/.exec(read('docs/training.md'))![1]!;
    expect(first.left).toEqual(settingsOf(parse(yaml)));
  });

  it('keep patterns that fit when the length of the sequences changes', () => {
    for (let length = 20; length <= 256; length++) {
      expect(checkSettings(withLength(first.left, String(length))).problem).toBeUndefined();
    }
  });

  it.each([
    [{ num_heads: '5' }, 'num_heads', '5 heads do not divide d_model 32; choose a divisor'],
    [{ rep_h: '30' }, 'rep_h', /2·rep_h ≤ max_seq_len, found 2·30 > 40; choose rep_h up to 20/],
    [{ vocab_size: '' }, 'vocab_size', 'expected a number'],
    [{ pool_size: 'x' }, 'pool_size', 'expected a number'],
    [{ pool_size: '0' }, 'pool_size', /expected a number of at least 1 or null \(found 0\)$/],
    [{ lr: '-1' }, 'lr', /expected a number above 0/],
    [{ d_model: '32.5' }, 'd_model', /expected a whole number/],
    [{ max_seq_len: '3' }, 'rep_h', /found 2·14 > 3/],
    [{ d_model: '1024' }, 'n_save', /a page keeps 256 MB/],
  ])('tell what is wrong with %j', (change, option, text) => {
    const { problem } = checkSettings({ ...first.left, ...change });
    expect(problem?.option).toBe(option);
    expect(problem?.text).toMatch(text);
  });
});

describe('the report', () => {
  it('has nothing of the lab in it', () => {
    const words = 'What to watch for';
    expect(read('explorer/lab/WhatToWatch.tsx')).toContain(words);
    expect(read('dist/report-page/index.html')).not.toContain(words);
  });
});
