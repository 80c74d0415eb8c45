import fc from 'fast-check';
import { expect, test } from 'vitest';
import { figureFile, pathSafe } from '../../src/figure/file-name.js';

test('names of the notebook', () => {
  const choice = { setting: 'infinite_pool_size', rank: 10, method: 'mean', relPos: -5 } as const;
  expect(figureFile(choice, 'png')).toBe(
    'train_matching_measure_infinite_pool_size/rank_10_method_mean_rel_pos_-5.png',
  );
});

test.each([
  ['a/b', 'a_b'],
  ['..\\x', '.._x'],
  ['a:b*c?', 'a_b_c_'],
  ['ends. ', 'ends__'],
  ['\u0000', '_'],
  ['größe 1', 'größe 1'],
])('%j becomes %j', (setting, safe) => {
  expect(pathSafe(setting)).toBe(safe);
});

test('any name is one segment that no system minds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (setting) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(`train_matching_measure_${pathSafe(setting)}`).not.toMatch(/[/\\:*?"<>|\u0000-\u001f]|[. ]$/);
    }),
  );
});
