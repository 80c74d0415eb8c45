import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { asksForSeries, matchesRevision, modelName, parseHubName } from '../../src/hub/hub-name.js';

describe('names of models on the Hub', () => {
  it.each([
    ['hf:gpt2', 'gpt2', []],
    ['hf:openai-community/gpt2', 'openai-community/gpt2', []],
    ['hf:EleutherAI/pythia-70m@step3000', 'EleutherAI/pythia-70m', ['step3000']],
    ['hf:EleutherAI/pythia-70m@step0,step1000', 'EleutherAI/pythia-70m', ['step0', 'step1000']],
    ['hf:a/b@refs/pr/1', 'a/b', ['refs/pr/1']],
  ])('%s', (source, repo, revisions) => {
    expect(parseHubName(source)).toEqual({ repo, revisions });
  });

  it.each([
    'hf:',
    'hf:a/b/c',
    'hf:../a',
    'hf:a/..',
    'hf:a/b@',
    'hf:a/b@../../etc',
    'hf:a--b/c',
    'hf:a/b@x,,y',
    'hf:a b/c',
    'hf:a/b@x y',
    'hf:.a/b',
  ])('refuses %j', (source) => {
    expect(() => parseHubName(source)).toThrow(UsageError);
  });

  it('never leads out of a folder, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const { repo, revisions } = parseHubName(`hf:${text}`);
          for (const part of [repo, ...revisions]) expect(part).not.toMatch(/\.\.|\\|^\/|\0/);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });

  it('is a series where it asks for several revisions', () => {
    expect(asksForSeries(parseHubName('hf:a/b@step*'))).toBe(true);
    expect(asksForSeries(parseHubName('hf:a/b@step0,step1'))).toBe(true);
    expect(asksForSeries(parseHubName('hf:a/b@step0'))).toBe(false);
    expect(modelName(parseHubName('hf:a/b@step0'))).toBe('b');
  });

  it('matches patterns as a regular expression does', () => {
    const text = fc.string({ unit: fc.constantFrom('s', 't', '1'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('s', 't', '1', '*'), maxLength: 6 });
    fc.assert(
      fc.property(text, pattern, (revision, wanted) => {
        const form = new RegExp(`^${wanted.split('*').join('.*')}$`);
        expect(matchesRevision(revision, wanted)).toBe(form.test(revision));
      }),
    );
  });
});
