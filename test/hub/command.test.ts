import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTensorSource } from '../../src/checkpoint/open-source.js';
import { InputError } from '../../src/errors.js';
import { localModel } from '../../src/hub/local-models.js';
import { hubSettings } from '../../src/hub/settings.js';
import { ended, program } from '../cli/run.js';
import { type HubServer, startHub } from './hub-server.js';

const root = new URL('../../', import.meta.url).pathname;
const llama = join(root, 'examples/small_llama');
const models = join(root, 'test/golden/models');

describe('models of the Hub', () => {
  let folder: string;
  let hub: HubServer;
  /** Each test has a cache of its own. */
  let cache: string;
  let count = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope hub '));
    const steps = Object.fromEntries(
      [0, 64, 1000, 143000].map((step) => [`step${step}`, join(models, 'gpt_neox')]),
    );
    hub = await startHub({
      'org/llama': { revisions: { main: llama, v1: llama } },
      'org/neox': { revisions: { main: join(models, 'gpt_neox'), ...steps } },
      'org/gated': { revisions: { main: llama }, gated: true },
      'org/private': { revisions: { main: llama }, isPrivate: true },
      'org/empty': { revisions: { main: join(root, 'docs') } },
    });
  });
  afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    cache = join(folder, `cache ${count++}`);
    hub.sent = 0;
    hub.asked.length = 0;
  });
  afterEach(() => {
    hub.fault = () => undefined;
  });

  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    spawn(process.execPath, [program, ...args], {
      env: {
        ...process.env,
        ...{ HF_ENDPOINT: hub.url, BRIDGESCOPE_CACHE: cache, HF_HOME: join(folder, 'no home') },
        ...{ HF_TOKEN: '', HF_HUB_OFFLINE: '', HF_HUB_CACHE: '', ...more },
      },
    });
  const run = (args: readonly string[], more?: Readonly<Record<string, string>>) => ended(start(args, more));
  const measure = (source: string, out: string, ...args: string[]) => [
    ...[
      'measure',
      source,
      '--out',
      join(folder, out),
      '--no-figures',
      '--quiet',
      '--format',
      'json',
      ...args,
    ],
  ];
  const table = (out: string) => readFileSync(join(folder, out, 'measures.json'), 'utf8');
  const sentFiles = () => [...new Set(hub.asked.map(({ path }) => path.split('/').at(-1)))];

  it('are measured as from a folder, with no tensor read that is not used, and none twice', async () => {
    const measures = ['--measures', 'qk_ov_match,k_composition'];
    expect(await run(measure(`llama=${llama}`, 'disk', ...measures))).toMatchObject({ status: 0 });
    expect(await run(measure('hf:org/llama', 'hub', ...measures))).toMatchObject({ status: 0, stderr: '' });
    expect(table('hub')).toBe(table('disk'));
    expect(hub.sent).toBe(bytesOf(llama, /self_attn|input_layernorm/));
    const { sent } = hub;
    expect(await run(measure('hf:org/llama@v1', 'hub', ...measures, '--overwrite'))).toMatchObject({
      status: 0,
    });
    // It stands at the same commit.
    expect(hub.sent).toBe(sent);
    expect(sentFiles()).not.toContain('tokenizer.json');

    // All measures: the matrices of the vocabulary too, and what is here already is not read again.
    expect(await run(measure('hf:org/llama', 'all', '--jobs', '2'))).toMatchObject({ status: 0 });
    expect(hub.sent - sent).toBe(bytesOf(llama, /embed_tokens|lm_head/, false));
    expect(await run(measure(`llama=${llama}`, 'disk all'))).toMatchObject({ status: 0 });
    expect(table('all')).toBe(table('disk all'));
  });

  it('are listed by their headers alone, and converted whole', async () => {
    const { stdout, status } = await run(['inspect', 'hf:org/llama', '--json']);
    expect(status).toBe(0);
    const listed = await run(['inspect', llama, '--json']);
    expect(stdout).toBe(listed.stdout);
    expect(hub.sent).toBe(bytesOf(llama, /^$/));
    const [ours, theirs] = ['ours.safetensors', 'theirs.safetensors'].map((name) => join(folder, name));
    expect((await run(['convert', 'hf:org/llama', ours!])).status).toBe(0);
    expect((await run(['convert', llama, theirs!])).status).toBe(0);
    expect(readFileSync(ours!).equals(readFileSync(theirs!))).toBe(true);
  });

  it('are run, as they are from a folder', async () => {
    const predict = (source: string) => ['predict', source, 'abcabc', '--json'];
    const fromHub = await run(predict('hf:org/llama'));
    expect(fromHub).toMatchObject({ status: 0 });
    expect(fromHub.stdout).toBe((await run(predict(`llama=${llama}`))).stdout);
  });

  it('are looked at in a page, whose server reads what a text needs when it is typed', async () => {
    const server = start(['explore', 'hf:org/llama', '--no-open', '--port', '0', '--quiet']);
    const url = await new Promise<string>((resolve) => {
      server.stdout.once('data', (text) => resolve(String(text).trim()));
    });
    const whole = bytesOf(llama, /./);
    expect(hub.sent).toBeLessThan(whole);
    const answer = await fetch(`${url}api/runs/llama/text?text=abcabc`);
    const { tokens } = (await answer.json()) as { tokens: { text: string }[] };
    expect(tokens.map(({ text }) => text).join('')).toBe('abcabc');
    expect(hub.sent).toBe(whole);
    server.kill('SIGTERM');
    await ended(server);
  });

  it('are series of the revisions that are asked for', async () => {
    const all = await run(measure('hf:org/neox@step*', 'series', '--measures', 'qk_ov_match'));
    expect(all).toMatchObject({ status: 0, stderr: '' });
    const steps = (out: string) => [
      ...new Set((JSON.parse(table(out)) as { step: number; setting: string }[]).map(({ step }) => step)),
    ];
    expect(steps('series')).toEqual([0, 64, 1000, 143000]);
    const some = await run(measure('pythia=hf:org/neox@step1000,step0', 'some', '--measures', 'qk_ov_match'));
    expect(some).toMatchObject({ status: 0 });
    expect(steps('some')).toEqual([0, 1000]);
    expect(table('some')).toContain('"pythia"');
    // The first run has fetched all of it.
    const { sent } = hub;
    const offline = await run(measure('hf:org/neox@step*', 'offline', '--measures', 'qk_ov_match'), {
      HF_HUB_OFFLINE: '1',
    });
    expect(offline).toMatchObject({ status: 0, stderr: '' });
    expect(table('offline')).toBe(table('series'));
    expect(hub.sent).toBe(sent);
    const asked = hub.asked.length;
    const none = await run(['inspect', 'hf:org/neox@stap*']);
    expect(none.stderr).toBe(
      'bridgescope: hf:org/neox@stap*: no revision step{N} is named so; there are main, step0, step64, step1000, step143000\n',
    );
    expect(hub.asked.length).toBe(asked + 1);
  });

  it.each([
    [
      'hf:org/nothing',
      {},
      /hf:org\/nothing@main: there is no such model, or it is private; check the name, and set HF_TOKEN/,
    ],
    [
      'hf:org/private',
      {},
      /there is no such model, or it is private; check the name, and set HF_TOKEN if it is private/,
    ],
    [
      'hf:org/nothing',
      { HF_TOKEN: 'right' },
      /there is no such model.*check that the token in HF_TOKEN may read it/,
    ],
    ['hf:org/llama@nix', {}, /hf:org\/llama@nix: has no such revision; see http/],
    [
      'hf:org/gated',
      {},
      /hf:org\/gated: is gated; set HF_TOKEN to a token of an account that has accepted its conditions at http/,
    ],
    [
      'hf:org/llama',
      { HF_TOKEN: 'hf_wrongwrong' },
      /the token in HF_TOKEN is not accepted; make a new one at http/,
    ],
    ['hf:org/llama', { HF_HUB_OFFLINE: '1' }, /is not in the cache; set HF_HUB_OFFLINE=0 to fetch it/],
    [
      'hf:org/llama',
      { HF_ENDPOINT: 'http://127.0.0.1:9' },
      /127\.0\.0\.1:9 is out of reach \(.*\); check the connection/,
    ],
    ['hf:org/llama', { HF_ENDPOINT: 'ftp://x' }, /HF_ENDPOINT: is no address/],
    ['hf:org/empty', {}, /hf:org\/empty: has no config.json; choose a model in the format of transformers/],
    ['hf:a/b/c', {}, /is no name of a model on the Hub; write hf:ORG\/NAME/],
  ] as const)('%s with %j is refused in one line', async (source, given, message) => {
    const { HF_TOKEN, ...more } = { HF_TOKEN: '', ...given };
    const token = HF_TOKEN === 'right' ? hub.token : HF_TOKEN;
    const settings = () => hubSettings(cache, { HF_ENDPOINT: hub.url, HF_TOKEN: token, ...more });
    const refused = await (async () => localModel(source, settings(), { texts: false }))().catch(
      (error) => error,
    );
    expect(refused).toBeInstanceOf(InputError);
    expect(refused.message).toMatch(message);
    expect(refused.message).not.toMatch(/\n|hf_(?:secret|wrong)/);
  });

  it.each(['hf:org/llama', 'hf:org/neox@step*'])(
    '%s is refused where a network asks to log in',
    async (source) => {
      hub.fault = () => ({ logIn: true });
      const settings = hubSettings(cache, { HF_ENDPOINT: hub.url });
      await expect(localModel(source, settings, { texts: false })).rejects.toThrow(
        /the answer is none of the Hub's \(.*\); check HF_ENDPOINT/,
      );
    },
  );

  it('ask again for a list of files that was damaged in the cache', async () => {
    const settings = hubSettings(cache, { HF_ENDPOINT: hub.url });
    const { folder: snapshot } = await localModel('hf:org/llama', settings, { texts: false });
    writeFileSync(join(snapshot, '.files.json'), '[{"path": "../x", "size": 1}]');
    await localModel('hf:org/llama', settings, { texts: false });
    expect(readFileSync(join(snapshot, '.files.json'), 'utf8')).toContain('model.safetensors.index.json');
  });

  it('are refused by a command in one line', async () => {
    const { status, stdout, stderr } = await run(['inspect', 'hf:org/gated'], { HF_TOKEN: 'hf_wrongwrong' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^bridgescope: hf:org\/gated@main: the token in HF_TOKEN is not accepted; [^\n]*\n$/,
    );
  });

  it('are read with a token that goes to the Hub alone, and stands nowhere', async () => {
    const token = { HF_TOKEN: hub.token };
    for (const source of ['hf:org/gated', 'hf:org/private']) {
      const { status, stderr, stdout } = await run(
        measure(source, source.slice(7), '--measures', 'qk_ov_match'),
        token,
      );
      expect(status).toBe(0);
      expect(stdout + stderr + table(source.slice(7))).not.toContain(hub.token);
    }
    const hosts = new Set(
      hub.asked.filter(({ authorization }) => authorization !== undefined).map(({ host }) => host),
    );
    expect([...hosts]).toEqual(['hub']);
    expect(hub.asked.some(({ host }) => host === 'storage')).toBe(true);
    for (const path of readdirSync(cache, { recursive: true, withFileTypes: true })) {
      if (path.isFile())
        expect(readFileSync(join(path.parentPath, path.name)).includes(hub.token)).toBe(false);
    }
  });

  it('come once for two processes, and go on where one was killed', async () => {
    hub.fault = ({ host }) => (host === 'storage' ? { pause: 5 } : undefined);
    const needed = bytesOf(llama, /self_attn|input_layernorm/);
    const killed = start(measure('hf:org/llama', 'killed', '--measures', 'qk_ov_match'));
    while (hub.sent < needed / 2) await new Promise((resolve) => setTimeout(resolve, 5));
    killed.kill('SIGKILL');
    await ended(killed);
    hub.fault = () => undefined;
    const again = ['one', 'two'].map((out) => run(measure('hf:org/llama', out, '--measures', 'qk_ov_match')));
    for (const { status, stderr } of await Promise.all(again)) expect([status, stderr]).toEqual([0, '']);
    expect(table('one')).toBe(table('two'));
    expect(await run(measure(`llama=${llama}`, 'whole', '--measures', 'qk_ov_match'))).toMatchObject({
      status: 0,
    });
    expect(table('one')).toBe(table('whole'));
    // What the killed one had not noted yet comes again, once.
    expect(hub.sent).toBeLessThan(2 * needed);
  });

  it('are taken from the cache of the Hub’s own tools where they are there', async () => {
    const home = join(folder, 'home');
    const theirs = join(home, 'hub/models--org--llama');
    const snapshot = join(theirs, 'snapshots', hub.commitOf('org/llama', 'main'));
    mkdirSync(snapshot, { recursive: true });
    cpSync(llama, join(theirs, 'blobs'), { recursive: true });
    for (const name of readdirSync(llama)) symlinkSync(join('../../blobs', name), join(snapshot, name));
    const { status } = await run(measure('hf:org/llama', 'theirs', '--measures', 'qk_ov_match'), {
      HF_HOME: home,
    });
    expect(status).toBe(0);
    expect(hub.sent).toBe(0);
  });

  it('are listed in the cache, and cleared', async () => {
    await run(measure('hf:org/llama', 'x', '--measures', 'qk_ov_match'));
    await run(['inspect', 'hf:org/neox']);
    const list = await run(['cache', 'list']);
    expect(list.stdout).toMatch(
      /^org\/llama {2}1 revision {2}0\.\d MB\norg\/neox {2}1 revision {2}0\.\d MB\n$/,
    );
    expect((await run(['cache', 'clear', 'org/llama'])).stdout).toMatch(/^org\/llama/);
    expect((await run(['cache', 'list'])).stdout).toMatch(/^org\/neox/);
    const other = await run(['cache', 'clear', 'org/llama']);
    expect(other.stderr).toContain('org/llama is not in ');
    expect((await run(['cache', 'clear'])).status).toBe(0);
    expect(readdirSync(cache)).toEqual([]);
    expect((await run(['cache', 'empty'])).status).toBe(2);
    expect(existsSync(cache)).toBe(true);
  });
});

/** What the Hub sends of a model: its config, its index, its headers, and tensors whose names match. */
function bytesOf(model: string, names: RegExp, besides = true): number {
  const index = readdirSync(model).find((name) => name.endsWith('.index.json'));
  const source = openTensorSource(join(model, index ?? 'model.safetensors'));
  let sum = 0;
  const headers = new Map<string, number>();
  for (const name of source.names) {
    const { file, bytes } = source.info(name)!;
    if (names.test(name)) sum += bytes![1] - bytes![0];
    if (!headers.has(file)) headers.set(file, 8 + Number(readFileSync(file).readBigUInt64LE(0)));
  }
  if (!besides) return sum;
  for (const name of ['config.json', index])
    if (name !== undefined) sum += readFileSync(join(model, name)).length;
  return sum + [...headers.values()].reduce((total, length) => total + length, 0);
}
