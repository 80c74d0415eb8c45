import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../src/causal/edit.js';
import { createRunEditJudge } from '../../src/causal/judge-run-edits.js';
import { openRunWeights } from '../../src/causal/run-worker.js';
import { openTestSet } from '../../src/checkpoint/open.js';
import { kernels } from '../../src/linalg/kernels.js';
import { openRun } from '../../src/run/folder.js';
import { judgeSequences } from '../../src/step/judge-sequences.js';
import { readSequence } from '../../src/step/read-sequence.js';
import { createStepSession } from '../../src/step/session.js';
import { fromTestSet } from '../../src/train/sequences.js';

const folder = join(import.meta.dirname, '../../examples/small_run');
const { config } = openRun(folder).configFile!;
const path = join(folder, 'ckpt_2000.pt');
const sequences = fromTestSet(openTestSet(join(folder, 'test_ood.pth')), config);

const keys: Edit = {
  ...{ kind: 'project', component: 'keys', heads: [1], what: 'drop', rank: 6 },
  subspace: { kind: 'written', heads: [0] },
};
const removed: Edit = { kind: 'remove', heads: [1] };

describe('an opened step with edits', () => {
  const session = createStepSession(kernels);
  session.open('it', new Uint8Array(readFileSync(path)), config, path);
  const judged = (edits: readonly Edit[]) => judgeSequences(session.engine('it', edits), config, sequences);

  it('has the errors of the command', () => {
    const judge = createRunEditJudge(config, new Map([['ood', sequences]]), kernels);
    const edits: Edit[] = [{ kind: 'none' }, keys, removed];
    const expected = judge(openRunWeights(path, config), edits);
    for (const [at, edit] of edits.entries()) {
      const { copy_err, err, loss } = judged([edit]).evaluation;
      expect({ copy_err_ood: copy_err, err_ood: err, loss_ood: loss }).toEqual(expected[at]);
    }
  });

  it('is as it was trained again when the edits are taken back', () => {
    const before = judged([]);
    const after = judged([removed]);
    expect(after.evaluation.copy_err).toBeGreaterThan(before.evaluation.copy_err + 0.3);
    expect(judged([])).toEqual(before);
  });

  it('has several edits at once: a head that is removed needs no keys', () => {
    expect(judged([keys, removed])).toEqual(judged([removed]));
  });

  it('attends as before where the edit comes later, and elsewhere where it comes before', () => {
    const tokens = sequences.tokens.slice(0, config.max_seq_len);
    const read = (edits: readonly Edit[]) => readSequence(session.engine('it', edits), config, tokens, null);
    const [plain, withoutReader, withoutWriter] = [
      [],
      [removed],
      [{ kind: 'remove', heads: [0] } as const],
    ].map(read);
    const map = tokens.length ** 2;
    expect(withoutReader!.attention).toEqual(plain!.attention);
    expect(withoutReader!.losses).not.toEqual(plain!.losses);
    expect(withoutWriter!.attention.slice(0, map)).toEqual(plain!.attention.slice(0, map));
    expect(withoutWriter!.attention.slice(map)).not.toEqual(plain!.attention.slice(map));
  });
});
