import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Journal, journalKey, openJournal } from '../../src/causal/journal.js';
import { judgeRunTrials } from '../../src/causal/run-trials.js';
import { trialOf } from '../../src/causal/trial.js';
import { openRun } from '../../src/run/folder.js';
import { smallRun } from '../cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'bridgescope-journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps results over a restart, NaN among them, and passes over a line cut short', () => {
  const path = join(folder, 'journal.jsonl');
  openJournal(path).add('a', { judgements: [{ err: 0.5, loss: Number.NaN }], wrongOfSequence: [[3, 4]] });
  appendFileSync(path, '{"key": "b", "judgem');
  const again = openJournal(path);
  expect(again.find('a')).toEqual({
    judgements: [{ err: 0.5, loss: Number.NaN }],
    wrongOfSequence: [[3, 4]],
  });
  expect(again.find('b')).toBeUndefined();
  again.close();
  expect(openJournal(path).find('a')).toBeUndefined();
});

it('has another key when a file changes', () => {
  const file = join(folder, 'weights');
  writeFileSync(file, 'abc');
  const before = journalKey([file], ['edit']);
  expect(journalKey([file], ['edit'])).toBe(before);
  expect(journalKey([file], ['another'])).not.toBe(before);
  writeFileSync(file, 'abcd');
  expect(journalKey([file], ['edit'])).not.toBe(before);
});

it('what it knows is not judged again', async () => {
  const run = openRun(smallRun);
  const { config } = run.configFile!;
  const trials = [
    { step: 2000, trials: [trialOf({ kind: 'none' }), trialOf({ kind: 'remove', heads: [1] })] },
  ];
  const added: string[] = [];
  const empty: Journal = { find: () => undefined, add: (key) => added.push(key), close: () => {} };
  const first = await judgeRunTrials(run, config, trials, { jobs: 1, journal: empty });
  expect(added).toHaveLength(1);
  expect(first.outcomes[0]!.judgement['copy_err_ood']).toBeCloseTo(0.2729, 4);
  const made: Journal = {
    ...empty,
    find: (key) => (key === added[0] ? { judgements: [{ err: 7 }, { err: 8 }] } : undefined),
  };
  const second = await judgeRunTrials(run, config, trials, { jobs: 1, journal: made });
  expect(second.outcomes.map(({ judgement }) => judgement)).toEqual([{ err: 7 }, { err: 8 }]);
  expect(added).toHaveLength(1);
});
