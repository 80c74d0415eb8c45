import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceForward } from '../../src/forward/reference.js';
import { openModel } from '../../src/run/open-model.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { isModelFolder } from '../../src/server/served-model.js';
import type { TextAnswer } from '../../src/server/text-answer.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { smallRun } from '../cli/run.js';
import { goldenModelPath, smallLlama } from '../model/families/golden-models.js';

describe('a model behind the server', () => {
  let folder: string;
  let served: Exploring;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-model-'));
    for (const step of [0, 10]) {
      cpSync(goldenModelPath('gpt_neox'), join(folder, `series/step${step}`), { recursive: true });
    }
    const inputs = [smallLlama, join(folder, 'series')];
    served = await explore(inputs, { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' });
  });
  afterAll(async () => {
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (run: string, text: string, rest = '') =>
    fetch(`${served.url}api/runs/${run}/text?text=${encodeURIComponent(text)}${rest}`);

  it('reads a text: tokens, losses, the next token, and attention of all heads', async () => {
    const answer = await read('small_llama', 'the cat sat on the cat');
    expect(answer.status).toBe(200);
    const found = (await answer.json()) as TextAnswer;
    const tokens = Int32Array.from(new TextEncoder().encode('the cat sat on the cat'));
    const T = tokens.length;
    const model = openModel(smallLlama);
    const request = { tokens, length: T, attention: 'all', logits: [T - 1] } as const;
    const expected = referenceForward(model.open(model.steps[0]!), request);
    expect(found).toMatchObject({ kind: 'bytes', layers: 3, heads: 6 });
    expect(found.tokens.map(({ text }) => text).join('')).toBe('the cat sat on the cat');
    expected.losses!.forEach((loss, t) => {
      expect(Math.abs(found.losses[t]! - loss)).toBeLessThan(1e-4);
    });
    expect(found.guesses.map(({ id }) => id)).toEqual([...expected.predictions!]);
    expect(found.next[0]!.id).toBe(expected.predictions!.at(-1));
    const bytes = Buffer.from(found.attention, 'base64');
    const maps = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    expect(maps).toHaveLength(18 * T * T);
    for (const [head, map] of expected.attention!) {
      map.forEach((value, at) => {
        expect(Math.abs(maps[head * T * T + at]! - value)).toBeLessThan(1e-4);
      });
    }
  });

  it('says in a line why a text cannot be read', async () => {
    const refused = async (answer: Response, message: RegExp) => {
      expect(answer.status).toBe(404);
      expect(await answer.text()).toMatch(message);
    };
    await refused(await read('small_llama', ''), /^the text is empty and makes no tokens; give some text\n$/);
    await refused(
      await read('small_llama', 'x'.repeat(3000)),
      /has 3000 tokens; this model is shown on at most/,
    );
    await refused(await read('small_llama', 'x', '&step=7'), /has no step 7/);
    await refused(await read('series', 'x', '&step=10'), /has no tokenizer\.json/);
  });

  it('is measured: what heads do, and pairs of heads, at every step', async () => {
    const deadline = Date.now() + 60_000;
    const isBusy = () => served.runs.some((run) => run.summary().progress.phase !== 'done');
    while (isBusy() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
    const [model, series] = served.runs.map((run) => run.summary());
    expect(model).toMatchObject({ takesText: true, provenance: { notes: [] }, steps: [] });
    expect(series!.steps.map(({ step }) => step)).toEqual([0, 10]);
    for (const { name } of [model!, series!]) {
      const answer = await fetch(`${served.url}api/runs/${name}/table.parquet`);
      const { table } = await parseParquet(new Uint8Array(await answer.arrayBuffer()), 'answer');
      expect(table.measure.values).toEqual(expect.arrayContaining(['induction', 'qk_ov_match', 'z_score']));
    }
  });

  it('is told from a run', () => {
    expect(isModelFolder(smallLlama)).toBe(true);
    expect(isModelFolder(`NAME=${join(folder, 'series')}`)).toBe(true);
    expect(isModelFolder(smallRun)).toBe(false);
    expect(isModelFolder(join(folder, 'none'))).toBe(false);
  });
});
