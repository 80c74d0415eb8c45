import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatValue } from '../../explorer/chart/format.js';
import { curvesOf } from '../../src/series/curves.js';
import { openTable } from '../../src/tables/save.js';
import { bridgescope } from '../cli/run.js';
import { describeInChromium, launchChromium } from './chromium.js';
import { seriousFaults } from './faults.js';
import { drawn, eventually, openPage, reveal, type Watched } from './open-page.js';

const root = new URL('../../', import.meta.url).pathname;
const llama = join(root, 'examples/small_llama');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** A server that only hands out files: the lab needs no more. */
function serveFiles(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? '/', 'http://x').pathname);
    response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
    createReadStream(path)
      .on('error', () => response.writeHead(404).end())
      .pipe(response);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describeInChromium('a model from the reader’s disk', () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let watched: Watched;
  let page: Page;
  const asked: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope open '));
    [server, browser] = await Promise.all([serveFiles(join(root, 'dist/explorer')), launchChromium()]);
    watched = await openPage(browser, { viewport: { width: 1280, height: 800 } });
    page = watched.page;
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/lab.html`);
    await reveal(page, '#open-model');
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const choose = (path: string) => page.locator('#open-model input[type=file]').setInputFiles(path);

  it('says what a folder lacks', async () => {
    const empty = join(folder, 'no model');
    mkdirSync(empty);
    writeFileSync(join(empty, 'notes.txt'), 'x');
    await choose(empty);
    const problem = page.locator('#open-model [role=alert]');
    await eventually(() => problem.innerText()).toContain('has no config.json; choose the folder of a model');
    writeFileSync(join(empty, 'config.json'), '{"model_type": "gpt2"}');
    await choose(empty);
    await eventually(() => problem.innerText()).toContain(
      'there are no weights; expected one of model.safetensors',
    );
    writeFileSync(join(empty, 'model.safetensors'), 'damaged');
    await choose(empty);
    await eventually(() => problem.innerText()).toContain('model.safetensors');
    expect(await page.locator('#heads').count()).toBe(0);
  });

  it('has the numbers of measure, and sends nothing', async () => {
    const before = asked.length;
    await choose(llama);
    await page.locator('#heads .heads-atlas').waitFor();
    await eventually(() => page.locator('#open-model [aria-live]').innerText()).toBe('small_llama is open.');
    const out = join(folder, 'measured');
    const measures =
      'z_score,qk_ov_match,k_composition,q_composition,v_composition,wte_ov_match,copying_score';
    const measured = await bridgescope(
      ...['measure', llama, '--out', out, '--no-figures', '--quiet', '--rel-pos=-1', '--measures', measures],
    );
    expect(measured.status).toBe(0);
    const { table } = await openTable(join(out, 'measures.parquet'));
    const chosen = await page.locator('.heads-atlas .said strong').innerText();
    const of = chosen.replace(' → ', '>');
    const key = {
      setting: 'small_llama',
      measure: 'qk_ov_match',
      of,
      rel_pos: -1,
      rank: Number(await page.getByRole('spinbutton', { name: 'rank of the pairs' }).innerText()),
      statistic: 'mean',
    };
    const value = curvesOf(table).find(key)?.values[0];
    expect(await page.locator('.heads-atlas .said').innerText()).toContain(formatValue(value!));

    // Code of the page may come; nothing goes out.
    expect(asked.slice(before).filter((request) => !/^GET \/assets\//.test(request))).toEqual([]);
    expect(watched.faults).toEqual([]);
  });

  it('reads a text that is typed', async () => {
    await page.locator('#heads textarea').fill('abcabc');
    const { stdout } = await bridgescope('predict', llama, 'abcabc', '--json');
    const [{ loss }] = JSON.parse(stdout) as [{ loss: number }];
    await eventually(() => page.locator('#heads').innerText()).toContain(
      `Mean loss of the text: ${formatValue(loss)} nats a token`,
    );
    await drawn(page);
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('gives way to another model, and to a narrow page', async () => {
    await choose(join(root, 'test/golden/models/gpt2'));
    await eventually(() => page.locator('#open-model [aria-live]').innerText()).toBe('gpt2 is open.');
    await page.setViewportSize({ width: 390, height: 844 });
    await drawn(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const { height } = (await page.locator('.open-choose').boundingBox())!;
    expect(height).toBeGreaterThanOrEqual(44);
  });
});
