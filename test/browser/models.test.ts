import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { referenceForward } from '../../src/forward/reference.js';
import { openModel } from '../../src/run/open-model.js';
import { TableBuilder } from '../../src/series/table.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { goldenModelPath, smallLlama } from '../model/families/golden-models.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { serveGivenModel } from './given-model.js';
import { eventually, openPage, reveal } from './open-page.js';
import { someHeads } from './some-heads.js';

const pairs = {
  ...{ layers: 2, heads: 4, steps: null },
  match: (writer: number, reader: number) => (writer === 1 && reader === 6 ? 0.9 : 0.2),
  ...{ zScore: () => 0, q: () => 0.5, induction: (head: number) => head / 10 },
};

/** What heads do, before any pair is measured. */
function headsAlone() {
  const table = new TableBuilder();
  for (let head = 0; head < 8; head++) {
    const key = { setting: 'model', measure: 'induction', of: `${Math.floor(head / 4)}.${head % 4}` };
    table.append({ ...key, step: null, rel_pos: null, rank: null, statistic: null, value: head / 10 });
  }
  return table.build();
}

describeInChromium('a page of models', () => {
  let folder: string;
  let browser: Browser;
  let served: Exploring;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-models-'));
    for (const step of [0, 10])
      cpSync(goldenModelPath('gpt_neox'), join(folder, `series/step${step}`), { recursive: true });
    browser = await launchChromium();
    const options = { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' };
    served = await explore([join(folder, 'series'), `llama=${smallLlama}`], options);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has nothing of runs: no test errors, no opened step of a run, no tour, no lab', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(served.url);
    await page.locator('.atlas canvas').first().waitFor();
    // A series has panels over training, but for what models do not have.
    const panels = () =>
      page
        .locator('.panels [data-panel]')
        .evaluateAll((all) => all.map((panel) => (panel as HTMLElement).dataset['panel']));
    await eventually(panels).toEqual(['z_score', 'qk_ov_match', 'mismatch_ratio', 'wte_ov_match', 'extra']);
    expect(await page.locator('.readout thead').innerText()).not.toContain('error');
    for (const id of ['step', 'lab']) expect(await page.locator(`#${id}`).count()).toBe(0);
    expect(await page.getByRole('button', { name: /tour/i }).count()).toBe(0);
    // A single model has no panels at all.
    await page.goto(`${served.url}#hide=series`);
    await eventually(() => page.locator('[data-panel]').count()).toBe(0);
    await reveal(page, '#provenance');
    expect(await page.locator('#lab').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('reads a text that is typed: tokens, attention of all heads with one large, and what comes next', async () => {
    const text = 'the cat sat on the cat';
    const tokens = Int32Array.from(new TextEncoder().encode(text));
    const model = openModel(smallLlama);
    const expected = referenceForward(model.open(model.steps[0]!), {
      ...{ tokens, length: tokens.length, attention: 'all', logits: [tokens.length - 1] },
    });
    const { page, faults } = await openPage(browser);
    await page.goto(`${served.url}#hide=series&pair=0.1%3E2.3`);
    await page.getByLabel('text for the model').fill(text);
    await eventually(() => page.locator('.text-token').count()).toBe(tokens.length);
    expect(await page.locator('.text-token .value').allInnerTexts()).toEqual([...text.replaceAll(' ', '·')]);
    // Where the model expected the very token it is underlined.
    const isRight = await page
      .locator('.text-token')
      .evaluateAll((all) => all.map((token) => token.classList.contains('right')));
    const guesses = [...expected.predictions!];
    expect(isRight).toEqual([...tokens].map((token, at) => at > 0 && guesses[at - 1] === token));
    const next = String.fromCharCode(guesses.at(-1)!).replace(' ', '·');
    expect(await page.locator('.text-next th').first().innerText()).toBe(next);
    // All heads are there as thumbnails; the reader of the pair is large, then the one that is chosen.
    expect(await page.locator('.text-part .thumb').count()).toBe(18);
    const large = page.locator('.text-part .heat-figure');
    expect(await large.locator('h4').innerText()).toBe('Attention of head 2.3');
    await page.locator('.text-part .thumb', { hasText: '1.4' }).click();
    await eventually(() => large.locator('h4').innerText()).toBe('Attention of head 1.4');
    // The key that the head looks at most from this query.
    const [row, n] = [19, tokens.length];
    const map = [...expected.attention!].find(([head]) => head === 10)![1];
    const weights = [...map.subarray(row * n, (row + 1) * n)];
    const value = Math.max(...weights);
    const col = weights.indexOf(value);
    const canvas = large.locator('canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + ((col + 0.5) / n) * box.width, box.y + ((row + 0.5) / n) * box.height);
    await eventually(() => large.locator('.said').innerText()).toMatch(new RegExp(`^${row} .* → ${col} `));
    expect(Number(await large.locator('.said strong').innerText())).toBeCloseTo(value, 2);
    // The address holds the text; one that is too long is refused in a line.
    expect(new URL(page.url()).hash).toContain('text=the+cat');
    await page.getByLabel('text for the model').fill('x'.repeat(3000));
    await eventually(() => page.locator('.text-part [role=alert]').innerText()).toMatch(
      /^the text has 3000 tokens; this model is shown on at most \d+, shorten it$/,
    );
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
    await page.context().close();
  });

  it('says that pairs are being measured, and how far, and shows what heads do meanwhile', async () => {
    const model = await serveGivenModel('model', headsAlone());
    const { page, faults } = await openPage(browser);
    await page.goto(model.url);
    const section = page.locator('#heads');
    await section.locator('[data-head="7"]').waitFor();
    expect(await section.locator('[data-head="7"]').getAttribute('title')).toBe('head 1.3: 0.700');
    expect(await section.innerText()).not.toContain('not measured');
    expect(await section.locator('.measuring').innerText()).toBe('measuring, 0 % done');
    model.change({ share: 0.371 });
    await eventually(() => section.locator('.measuring').innerText()).toBe('measuring, 37 % done');
    expect(await section.locator('progress').getAttribute('value')).toBe('0.371');
    model.change({ phase: 'done', measured: 1 }, someHeads(pairs));
    await eventually(() => page.locator('.pair-numbers h3').innerText()).toBe('Head 1.2 reads head 0.1');
    expect(await section.locator('.measuring').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
    await model.close();
  });

  it('says why a model has no pairs once it is measured', async () => {
    const model = await serveGivenModel('model', headsAlone());
    model.change({ phase: 'done', measured: 1 });
    const { page } = await openPage(browser);
    await page.goto(model.url);
    await eventually(() => page.locator('#heads .lead').innerText()).toBe(
      '2 layers of 4 heads. No pairs of heads were measured.',
    );
    await page.context().close();
    await model.close();
  });
});
