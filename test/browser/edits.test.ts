import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { formatValue } from '../../explorer/chart/format.js';
import type { Edit } from '../../src/causal/edit.js';
import { openTestSet } from '../../src/checkpoint/open.js';
import { writeTestSet } from '../../src/checkpoint/test-set.js';
import { kernels } from '../../src/linalg/kernels.js';
import { openRun } from '../../src/run/folder.js';
import { readSequence } from '../../src/step/read-sequence.js';
import { createStepSession } from '../../src/step/session.js';
import { fromTestSet, slice, toTestSet } from '../../src/train/sequences.js';
import { bridgescope } from '../cli/run.js';
import { describeInChromium } from './chromium.js';
import { eventually, reveal } from './open-page.js';
import { openServedPage, type ServedPage } from './served-page.js';

// A browser beside other work is slow, and that is no fault of the page.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const example = join(import.meta.dirname, '../../examples/small_run');
/** As many as a page is given, so that its errors are those of the whole set. */
const sequences = 50;
const step = 2000;

describeInChromium('the opened step with edits', () => {
  let scratch: string;
  let run: string;
  let opened: ServedPage;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'bridgescope-edits-page-'));
    run = join(scratch, 'run');
    mkdirSync(run);
    for (const name of ['config.json', 'ckpt_1000.pt', `ckpt_${step}.pt`]) {
      cpSync(join(example, name), join(run, name));
    }
    const { config } = openRun(example).configFile!;
    for (const name of ['test.pth', 'test_ood.pth']) {
      const all = fromTestSet(openTestSet(join(example, name)), config);
      writeFileSync(join(run, name), writeTestSet(toTestSet(slice(all, 0, sequences)), name));
    }
    opened = await openServedPage([run], { hash: `step=${step}` });
    await reveal(opened.page, '#step');
    await opened.page.locator('#step .opened:not(.busy)').waitFor();
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const errors = async () => {
    const told = opened.page.locator('#step .edits[data-busy="false"]');
    return [
      await told.locator('[data-error="ood"]').innerText(),
      await told.locator('[data-error="test"]').innerText(),
    ];
  };
  /** What the command says of the same edit. */
  const commanded = async (at: number, ...edit: string[]) => {
    const { stdout, stderr } = await bridgescope(
      ...['intervene', run, ...edit, '--steps', String(at), '--draws', '0', '--json'],
      ...['--out', join(scratch, 'out'), '--no-figures', '--quiet'],
    );
    expect(stderr).toBe('');
    const { copy_err_ood: ood, copy_err_test: test } = JSON.parse(stdout).at(-1);
    return [formatValue(ood), formatValue(test)];
  };

  it('has the errors that the command has with a head removed, and tokens to match', async () => {
    const { page } = opened;
    await page.getByRole('button', { name: 'remove head 1.0' }).click();
    const expected = await commanded(step, '--remove', '1.0');
    await eventually(errors).toEqual(expected);

    const { config } = openRun(run).configFile!;
    const session = createStepSession(kernels);
    const path = join(run, `ckpt_${step}.pt`);
    session.open('it', new Uint8Array(readFileSync(path)), config, path);
    const set = fromTestSet(openTestSet(join(run, 'test_ood.pth')), config);
    const [first, second] = set.starts!;
    const copies = { length: set.lengths[0]!, starts: [first!, second!] as const };
    const edits: Edit[] = [{ kind: 'remove', heads: [1] }];
    const { verdicts } = readSequence(
      session.engine('it', edits),
      config,
      set.tokens.slice(0, config.max_seq_len),
      copies,
    );
    const right = verdicts.filter((verdict) => verdict === 'right').length;
    const asked = right + verdicts.filter((verdict) => verdict === 'wrong').length;
    expect(await page.locator('.sequence-said').innerText()).toContain(`${right} of ${asked} tokens`);
  });

  it('keeps edits in the address and does them at another step, until they are taken back', async () => {
    const { page } = opened;
    await eventually(() => page.url()).toContain('edit=1.0');
    await page.evaluate(() => {
      location.hash = '#step=1000&edit=drop_keys_6';
    });
    const keys = ['--project-keys', '6', '--drop', '--heads', '1.0', '--written', '0.0'];
    const expected = await commanded(1000, ...keys);
    await page.locator('#step .opened[data-step="1000"]').waitFor();
    await eventually(errors).toEqual(expected);
    await page.getByRole('button', { name: 'larger dimensions of the bridge' }).click();
    await eventually(() => page.url()).toContain('edit=drop_keys_7');
    await page.getByRole('button', { name: 'As it was' }).click();
    await page.getByText('The model is as it was trained.').waitFor();
    await eventually(() => page.url()).not.toContain('edit=');
    expect(opened.faults).toEqual([]);
  });

  it('leaves out what is no edit of the model', async () => {
    const { page } = opened;
    await page.evaluate(() => {
      location.hash = '#step=2000&edit=7.7_0.0_keep_keys_999';
    });
    await eventually(() => page.locator('.edits [aria-pressed="true"]').allInnerTexts()).toEqual(['0.0']);
    const rank = page.getByRole('spinbutton', { name: 'dimensions of the bridge' });
    expect(await rank.innerText()).toBe('24');
    await page.evaluate(() => {
      location.hash = '#step=2000&edit=<b>';
    });
    await page.getByText('The model is as it was trained.').waitFor();
    expect(opened.faults).toEqual([]);
  });
});
