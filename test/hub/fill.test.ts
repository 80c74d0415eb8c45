import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPartFile, openPartSink, partLog, readPartFile } from '../../src/files/part-file.js';
import type { Range } from '../../src/files/ranges.js';
import { fillPartFile } from '../../src/hub/fill.js';
import { hubSettings } from '../../src/hub/settings.js';
import { type Fault, type HubServer, startHub } from './hub-server.js';

const repo = 'org/noise';
const name = 'model.safetensors';
const size = 300_000;
const content = Buffer.from(Array.from({ length: size }, (_, index) => (index * 37 + (index >> 8)) & 255));

describe('parts of a file of the Hub', () => {
  let folder: string;
  let hub: HubServer;
  let file: string;
  let count = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope parts '));
    mkdirSync(join(folder, 'served'));
    writeFileSync(join(folder, 'served', name), content);
    hub = await startHub({ [repo]: { revisions: { main: join(folder, 'served') } } });
  });
  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    file = join(folder, `part${count++}`);
    createPartFile(file, { repo, commit: hub.commitOf(repo, 'main'), path: name, size });
    hub.asked.length = 0;
    hub.sent = 0;
  });
  afterEach(() => {
    hub.fault = () => undefined;
  });

  const settings = (more: Record<string, string> = {}) =>
    hubSettings(folder, { HF_ENDPOINT: hub.url, ...more });
  const fill = (ranges: readonly Range[], more?: Record<string, string>) =>
    fillPartFile(file, ranges, settings(more));
  const bytesAt = (from: number, to: number) => readFileSync(file).subarray(from, to);
  /** Something goes wrong with the first answers of the storage. */
  const failFirst = (times: number, fault: Fault) => {
    let left = times;
    hub.fault = ({ host }) => (host === 'storage' && left-- > 0 ? fault : undefined);
  };

  it('come when they are asked for, once, and no others', async () => {
    const parts: Range[] = [
      [10_000, 20_000],
      [250_000, 250_100],
    ];
    await fill(parts);
    expect(hub.sent).toBe(10_100);
    for (const [from, to] of parts) expect(bytesAt(from, to).equals(content.subarray(from, to))).toBe(true);
    await fill(parts);
    await fill([[12_000, 18_000]]);
    expect(hub.sent).toBe(10_100);
    // Of what overlaps, the rest.
    await fill([[15_000, 30_000]]);
    expect(hub.sent).toBe(20_100);
  });

  it('become an ordinary file once all are there', async () => {
    await fill([[0, 1000]]);
    expect(existsSync(partLog(file))).toBe(true);
    await fill([[0, size]]);
    expect(existsSync(partLog(file))).toBe(false);
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(hub.sent).toBe(size);
  });

  it('go on where the connection broke', async () => {
    failFirst(2, { breakAfter: 100_000 });
    await fill([[0, size]]);
    expect(readFileSync(file).equals(content)).toBe(true);
    const starts = hub.asked
      .filter(({ host }) => host === 'storage')
      .map(({ range }) => range?.split('-')[0]);
    expect(starts.length).toBe(3);
    // What was on its way when it broke may be lost; what had come is not asked for again.
    expect(hub.sent).toBeLessThan(size + 2 * 100_000);
    const [, second, third] = starts.map((start) => Number(start?.replace('bytes=', '') ?? 0));
    expect(second).toBeGreaterThan(0);
    expect(third).toBeGreaterThan(second!);
  });

  it.each([
    ['a body that ends early, as if it were whole', { endAfter: 5000 }],
    ['a server that is busy', { status: 503 }],
    ['too many requests', { status: 429, headers: { 'retry-after': '0' } }],
    ['a slow body', { pause: 1 }],
  ] as const)('survive %s', async (_, fault) => {
    failFirst(1, fault);
    await fill([[1000, 9000]]);
    expect(bytesAt(1000, 9000).equals(content.subarray(1000, 9000))).toBe(true);
  });

  it.each([
    ['ignores ranges', { ignoreRange: true }, 'the Hub answered with status 200'],
    ['sends other bytes', { headers: { 'content-range': 'bytes 0-7999/300000' } }, 'the Hub sent "bytes 0-'],
    [
      'has another size',
      { headers: { 'content-range': 'bytes 1000-8999/9' } },
      'the Hub sent "bytes 1000-8999/9"',
    ],
    ['sends too much', { tooMany: 900 }, 'sent more than was asked for'],
    ['asks to wait for an hour', { status: 429, headers: { 'retry-after': '3600' } }, 'try again in 3600 s'],
    ['is broken', { status: 404 }, 'there is no such model'],
  ] as const)('are refused where the server %s', async (_, fault, message) => {
    failFirst(100, fault);
    await expect(fill([[1000, 9000]])).rejects.toThrow(message);
    expect(readPartFile(file)?.have.lacking(1000, 9000)).not.toEqual([]);
    hub.fault = () => undefined;
    await fill([[1000, 9000]]);
    expect(bytesAt(1000, 9000).equals(content.subarray(1000, 9000))).toBe(true);
  });

  it('are refused where the file has become another', async () => {
    await fill([[0, 1000]]);
    failFirst(1, { headers: { etag: '"other"' } });
    await expect(fill([[2000, 3000]])).rejects.toThrow('is another file than before');
  });

  it('stay where a connection brings nothing more', async () => {
    failFirst(100, { endAfter: 0 });
    await expect(fill([[0, 1000]])).rejects.toThrow('stops coming at byte 0');
  });

  it('are not asked for offline', async () => {
    await fill([[0, 1000]]);
    await fill([[0, 1000]], { HF_HUB_OFFLINE: '1' });
    await expect(fill([[0, 1001]], { HF_HUB_OFFLINE: '1' })).rejects.toThrow('not in the cache as far as');
    expect(hub.sent).toBe(1000);
  });

  it('are fetched once when many ask at the same time', async () => {
    await Promise.all(Array.from({ length: 6 }, () => fill([[5000, 105_000]])));
    expect(hub.sent).toBe(100_000);
  });

  it('can be called off, with what has come kept', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { pause: 2 } : undefined);
    const off = new AbortController();
    let came = 0;
    const onBytes = (bytes: number) => {
      came += bytes;
      if (came > 20_000) off.abort();
    };
    await expect(
      fillPartFile(file, [[0, size]], settings(), { signal: off.signal, onBytes }),
    ).rejects.toThrow('abort');
    expect(readPartFile(file)?.have.count).toBe(came);
    expect(bytesAt(0, came).equals(content.subarray(0, came))).toBe(true);
  });

  it('send the token to the Hub alone', async () => {
    await fill([[0, 1000]], { HF_TOKEN: hub.token });
    const given = (host: string) =>
      hub.asked.filter((asked) => asked.host === host).map((asked) => asked.authorization);
    expect(given('hub')).toEqual([`Bearer ${hub.token}`]);
    expect(given('storage')).toEqual([undefined]);
  });

  it('are known from a log of which lines were torn, and no more than it says', async () => {
    const log = partLog(file);
    const sink = openPartSink(file);
    sink.write(0, content.subarray(0, 500));
    sink.noteRange(0, 500);
    appendFileSync(log, '[1000, 20');
    sink.noteRange(600, 700);
    appendFileSync(log, '\n[-5, 20]\n[7, 3]\n[0, 1e9]\n{"etag": 3}\n[1, 2, 3]\nnull\n"x"\n[2000');
    sink.close();
    expect([...(readPartFile(file)?.have ?? [])]).toEqual([
      [0, 500],
      [600, 700],
    ]);
    writeFileSync(log, 'nonsense\n');
    expect(() => readPartFile(file)).toThrow('is no log of a file');
  });
});
