import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoint/open.js';
import { fromFloat32, toBytes } from '../../src/tensor/encode.js';
import type { StateDict } from '../../src/tensor/tensor.js';
import { pickle, tensor, text, torchFile } from '../checkpoint/hostile-archives.js';
import { writeShards } from '../checkpoint/sharded-files.js';
import { bridgescope } from './run.js';

let folder: string;
let model: string;
const vector = (...values: number[]) => fromFloat32(Float32Array.from(values), [values.length]);
const first: StateDict = new Map([['wte', vector(1, 2, 3)]]);
const second: StateDict = new Map([
  ['h.0', vector(4)],
  ['h.1', vector(5, 6)],
]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge scope '));
  model = join(folder, 'model');
  mkdirSync(model);
  // A family that nobody knows: its tensors can be looked at all the same.
  writeFileSync(join(model, 'config.json'), '{"model_type": "unheard-of"}');
  writeShards(model, { 'a.safetensors': first, 'b.safetensors': second });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bridgescope inspect', () => {
  it('lists the tensors of all shards of a model', async () => {
    const { status, stdout, stderr } = await bridgescope('inspect', model);
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        'name  dtype    shape  file',
        'wte   float32  3      a.safetensors',
        'h.0   float32  1      b.safetensors',
        'h.1   float32  2      b.safetensors',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('3 tensors, 6 numbers, 24 bytes\n');
    const index = await bridgescope('inspect', join(model, 'model.safetensors.index.json'), '--json');
    expect(JSON.parse(index.stdout)[0]).toEqual({
      name: 'wte',
      dtype: 'float32',
      shape: [3],
      file: 'a.safetensors',
    });
  });

  it('says what a folder lacks', async () => {
    const empty = mkdtempSync(join(folder, 'empty'));
    const { status, stderr } = await bridgescope('inspect', empty);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bridgescope: .*holds no model: neither checkpoints of a run/);
  });
});

describe('bridgescope convert', () => {
  it.each(['safetensors', 'bin'])('makes one .%s file of shards', async (extension) => {
    const out = join(folder, `whole.${extension}`);
    const { status, stdout } = await bridgescope('convert', model, out);
    expect([status, stdout]).toEqual([0, `${out}  3 tensors\n`]);
    const { state } = openCheckpoint(out);
    expect([...state].map(([name, found]) => [name, [...toBytes(found)]])).toEqual(
      [...first, ...second].map(([name, expected]) => [name, [...toBytes(expected)]]),
    );
  });

  it('leaves nothing behind where a shard is damaged', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeShards(broken, { 'a.safetensors': first, 'b.safetensors': second });
    const path = join(broken, 'b.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    const out = join(folder, 'out');
    const { status, stderr } = await bridgescope('convert', broken, join(out, 'never.safetensors'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/b\.safetensors: tensor h\.1 .* claims bytes 4 to 12 of 11/);
    expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
  });

  it('takes one of several state dicts by its key', async () => {
    const matrix = tensor(pickle('K\x01K\x02\x86'), pickle('K\x02K\x01\x86'));
    const other = tensor(pickle('K\x02K\x01\x86'), pickle('K\x01K\x01\x86'));
    const path = join(folder, 'two.pt');
    const dict = (value: Uint8Array) => pickle('}', text('w'), value, 's');
    const content = pickle(
      '}(',
      text('net'),
      dict(matrix),
      text('ema'),
      dict(other),
      text('step'),
      'K\x05u.',
    );
    writeFileSync(path, torchFile(content));
    const out = join(folder, 'one.safetensors');
    const refused = await bridgescope('convert', path, out);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /holds 2 state dicts: net \(1 tensors, 8 bytes\), ema \(1 tensors, 8 bytes\); choose one with --key, such as --key net/,
    );
    expect((await bridgescope('convert', path, out, '--key', 'ema')).status).toBe(0);
    expect(openCheckpoint(out).state.get('w')!.shape).toEqual([2, 1]);
    const none = await bridgescope('convert', path, out, '--overwrite', '--key', 'model');
    expect(none.stderr).toMatch(/no state dict under the key "model"; it holds net/);
    const listed = JSON.parse((await bridgescope('inspect', path, '--json')).stdout);
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(['net.w', 'ema.w']);
  });
});
