import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/read.js';
import { type Exploring, explore } from '../../src/server/explore.js';
import { isOwnHost } from '../../src/server/guard.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { smallRun } from '../cli/run.js';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

describe('the server of the explorer', () => {
  let folder: string;
  let served: Exploring;
  const secret = 'a secret outside';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-server-'));
    writeFileSync(join(folder, 'secret.txt'), secret);
    const run = join(folder, '<img src=x onerror=alert(1)>');
    cpSync(smallRun, run, { recursive: true });
    symlinkSync(join(folder, 'secret.txt'), join(run, 'ckpt_5.pt'));
    // A link to a checkpoint that could be measured, but lies elsewhere; and one within the folder.
    mkdirSync(join(folder, 'elsewhere'));
    cpSync(join(smallRun, 'ckpt_300.pt'), join(folder, 'elsewhere/ckpt_300.pt'));
    symlinkSync(join(folder, 'elsewhere/ckpt_300.pt'), join(run, 'ckpt_6.pt'));
    symlinkSync(join(run, 'ckpt_400.pt'), join(run, 'ckpt_7.pt'));
    rmSync(join(run, 'test_ood.pth'));
    symlinkSync(join(folder, 'secret.txt'), join(run, 'test_ood.pth'));
    served = await explore([run, smallRun], { host: '127.0.0.1', port: 0, jobs: 1, version: '0.0.0-test' });
  });

  afterAll(async () => {
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends a path as it stands: `fetch` would tidy it up. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const setHost = !('Host' in headers);
      const sent = request(
        { host: '127.0.0.1', port: served.port, path, method, headers, setHost },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
          );
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  const own = () => `127.0.0.1:${served.port}`;

  it('serves the page, the runs, tables, checkpoints and sets', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.body.toString()).toContain('<div id="app">');
    const { runs } = JSON.parse((await get('/api/runs')).body.toString());
    expect(runs.map(({ name }: { name: string }) => name)).toEqual([
      '<img src=x onerror=alert(1)>',
      'small_run',
    ]);
    const { body } = await get('/api/runs/small_run/table.parquet?part=errors');
    const { table } = await parseParquet(body, 'answer');
    expect(table.measure.values).toContain('err_ood');
    const checkpoint = await get('/api/runs/small_run/checkpoints/400');
    expect(readCheckpoint(new Uint8Array(checkpoint.body), 'answer').get('fc.weight')!.shape).toEqual([
      16, 24,
    ]);
    const set = JSON.parse((await get('/api/runs/small_run/sets/test')).body.toString());
    expect(set.tokens[0]).toHaveLength(32);
    expect(set.starts).toHaveLength(set.lengths.length);
  });

  it.each([
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    '192.168.1.5',
    '',
  ])('refuses the host %j', async (host) => {
    const { status, body } = await get('/api/runs', { Host: host });
    expect([400, 403]).toContain(status);
    expect(body.toString()).not.toContain('small_run');
  });

  it('answers the names of this machine, with any port', () => {
    for (const host of ['localhost', 'localhost:7474', '127.0.0.1:1', '[::1]:7474', 'LOCALHOST']) {
      expect(isOwnHost(host, '127.0.0.1')).toBe(true);
    }
    // Bound to all addresses, it is reached by an address of this machine, which cannot be rebound, or by its own name.
    expect(isOwnHost('192.168.1.5:80', '0.0.0.0')).toBe(true);
    expect(isOwnHost('[fe80::1]:80', '::')).toBe(true);
    expect(isOwnHost('evil.example', '0.0.0.0')).toBe(false);
    expect(isOwnHost('lab.example:80', 'lab.example')).toBe(true);
    expect(isOwnHost(undefined, '127.0.0.1')).toBe(false);
  });

  it('refuses foreign origins, sites, and everything but reading', async () => {
    for (const origin of ['http://evil.example', 'null', `https://${own()}`, 'http://127.0.0.1:1']) {
      expect((await get('/api/runs', { Origin: origin })).status, origin).toBe(403);
    }
    expect((await get('/api/runs', { Origin: `http://${own()}` })).status).toBe(200);
    const cross = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' };
    expect((await get('/api/runs/small_run/checkpoints/0', cross)).status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect((await get('/api/runs', {}, method)).status, method).toBe(405);
    }
  });

  it('sends headers that keep a page to itself, with refusals too', async () => {
    for (const { headers } of [
      await get('/'),
      await get('/no-such'),
      await get('/', { Host: 'evil.example' }),
    ]) {
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval'(;|$)/);
      expect(policy).not.toContain("'unsafe-eval'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/api/runs/..%2f..%2fetc/table.parquet',
    '/api/runs/small_run/../../../etc/passwd',
    '/api/runs/small_run/checkpoints/..%2fconfig.json',
    '/api/runs/small_run/checkpoints/-1',
    '/api/runs/small_run/checkpoints/0x64',
    '/api/runs/small_run/checkpoints/100.pt',
    '/api/runs/small_run/sets/..%2fconfig',
    '/api/runs/small_run/sets/constructor',
    '/api/runs/__proto__/table.parquet',
    '/api/runs/small_run/table.parquet?part=../x',
    `/api/runs/${'a'.repeat(5000)}/table.parquet`,
    '/config.json',
    '/%00',
  ])('finds nothing at %s', async (path) => {
    const { status, body } = await get(path);
    expect([400, 404]).toContain(status);
    expect(body.toString()).not.toMatch(/"dependencies"|root:|vocab_size/);
  });

  it('follows no link out of a run folder', async () => {
    const name = encodeURIComponent('<img src=x onerror=alert(1)>');
    for (const path of ['checkpoints/5', 'checkpoints/6', 'sets/ood']) {
      const { status, body } = await get(`/api/runs/${name}/${path}`);
      expect(status, path).toBe(404);
      expect(body.toString()).toContain('leaves the run folder');
      expect(body.toString()).not.toContain(secret);
    }
    expect((await get(`/api/runs/${name}/checkpoints/7`)).status).toBe(200);
    expect((await get(`/api/runs/${name}/checkpoints/400`)).status).toBe(200);
  });

  it('says in plain text what was wrong, so that no name becomes markup', async () => {
    const { headers, body } = await get('/api/runs/%3Cscript%3E/table.parquet');
    expect(headers['content-type']).toContain('text/plain');
    expect(body.toString()).toContain('not one of those that explore was given');
  });

  it('tells a new listener of every run at once', async () => {
    const text = await new Promise<string>((resolve) => {
      const sent = request({ host: '127.0.0.1', port: served.port, path: '/api/events' }, (answer) => {
        let seen = '';
        answer.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
          if (seen.includes('"name":"small_run"')) {
            resolve(seen);
            sent.destroy();
          }
        });
        answer.on('error', () => {});
      });
      sent.on('error', () => {});
      sent.end();
    });
    expect(text).toMatch(/^event: run\n/m);
  });
});
