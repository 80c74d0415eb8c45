import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import type { TensorSource } from '../../src/checkpoint/tensor-source.js';
import { writeTorchFile } from '../../src/checkpoint/torch-write.js';
import { InputError } from '../../src/errors.js';
import { type OpenedModel, openModel } from '../../src/run/open-model.js';
import { openWeights } from '../../src/run/open-weights.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { fromFloat32 } from '../../src/tensor/encode.js';
import { refusal } from '../checkpoint/hostile-archives.js';
import { writeShards } from '../checkpoint/sharded-files.js';

fc.configureGlobal({ seed: 20264 });

/** Families are not what is tested here: this one knows a width, and a vector of it called `w`. */
vi.mock('../../src/model/families/registry.js', () => {
  const family = (name: string) => ({
    name,
    architecture: (config: { n_embd?: number; d_model?: number }, file: string) => {
      const width = config.n_embd ?? config.d_model;
      if (width === undefined) throw new InputError(`${file}: n_embd is missing`);
      return { family: name, width };
    },
    weights: (source: TensorSource, architecture: object) => ({
      architecture,
      file: source.file,
      finalNorm: () => ({ gain: toFloat64(source.read('w')), shift: null }),
    }),
  });
  const families = [family('copying'), family('gpt2')];
  const find = (name: unknown, where: string) => {
    const found = families.find((known) => known.name === name);
    if (found === undefined) throw new InputError(`${where}: model_type ${name} is not known`);
    return found;
  };
  return {
    familyByName: (name: string) => find(name, 'registry'),
    familyOfConfig: (config: { model_type?: unknown }, file: string) => find(config.model_type, file),
  };
});

let root = '';
let made = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bridgescope-models-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const state = (...values: number[]) =>
  new Map([['w', fromFloat32(Float32Array.from(values), [values.length])]]);
const gpt2 = (width = 2) => JSON.stringify({ model_type: 'gpt2', n_embd: width });
const weights = (value: number) => writeSafetensors(state(value, value));

/** Files by their paths in a fresh folder; text of a link begins with an arrow. */
function place(files: Readonly<Record<string, string | Uint8Array>>, name = 'model'): string {
  const path = join(root, `case_${made++}`, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    if (typeof content === 'string' && content.startsWith('→'))
      symlinkSync(content.slice(1), join(path, file));
    else writeFileSync(join(path, file), content);
  }
  return path;
}

const valuesOf = (model: OpenedModel) =>
  model.steps.map((step) => [step.step, model.open(step).finalNorm()!.gain![0]]);

describe('one model', () => {
  it.each([
    ['safetensors', { 'model.safetensors': weights(3) }],
    ['bin', { 'pytorch_model.bin': writeTorchFile(state(3, 3), 'archive') }],
    ['both', { 'model.safetensors': weights(3), 'pytorch_model.bin': 'not looked at' }],
    [
      'the folder of a Trainer',
      {
        'model.safetensors': weights(3),
        'optimizer.pt': 'x',
        'scheduler.pt': 'x',
        'training_args.bin': 'x',
        'rng_state.pth': 'x',
        'trainer_state.json': '{"global_step": 500}',
        'tokenizer.json': '{}',
      },
    ],
  ])('of %s', (_, files) => {
    const path = place({ 'config.json': gpt2(), ...files });
    const model = openModel(path);
    expect(model).toMatchObject({ name: 'model', path, kind: 'model', notes: [], run: null });
    expect(model.family.name).toBe('gpt2');
    expect(model.config).toEqual(JSON.parse(gpt2()));
    expect(valuesOf(model)).toEqual([[null, 3]]);
    expect(openModel(`mine=${path}`).name).toBe('mine');
  });

  it('of shards', () => {
    const path = place({ 'config.json': gpt2() });
    writeShards(path, {
      'a.safetensors': state(4, 4),
      'b.safetensors': new Map([['v', state(1).get('w')!]]),
    });
    rmSync(join(path, 'b.safetensors'));
    const model = openModel(path);
    expect(basename(model.steps[0]!.path)).toBe('model.safetensors.index.json');
    expect(valuesOf(model)).toEqual([[null, 4]]);
  });

  it('of one file with its config beside it', () => {
    const path = place({ 'config.json': gpt2(), 'model.safetensors': weights(3), 'other.bin': weights(5) });
    expect(valuesOf(openModel(join(path, 'model.safetensors')))).toEqual([[null, 3]]);
    expect(openModel(join(path, 'model.safetensors')).name).toBe('model');
    expect(openModel(join(path, 'other.bin'))).toMatchObject({ name: 'other', kind: 'model' });
    expect(valuesOf(openModel(`x=${join(path, 'other.bin')}`))).toEqual([[null, 5]]);
  });

  it('can be opened in another thread by what is sent there', () => {
    const [step] = openModel(place({ 'config.json': gpt2(), 'model.safetensors': weights(7) })).steps;
    expect(openWeights(structuredClone(step!)).finalNorm()!.gain![0]).toBe(7);
  });
});

describe('a series', () => {
  it.each(['step{N}', 'step_{N}', 'checkpoint-{N}', 'ckpt_{N}', '{N}'])('of folders named %s', (pattern) => {
    const folder = (step: number) => pattern.replace('{N}', String(step));
    const path = place({
      'config.json': gpt2(),
      [`${folder(1000)}/model.safetensors`]: weights(3),
      [`${folder(200)}/pytorch_model.bin`]: writeTorchFile(state(2, 2), 'a'),
      [`${folder(0)}/model.safetensors`]: weights(1),
      [`${folder(0)}/config.json`]: gpt2(),
      [`${folder(300)}/optimizer.pt`]: 'x',
      'final/model.safetensors': weights(9),
      'runs/events.txt': 'x',
    });
    const model = openModel(path);
    expect(model.kind).toBe('series');
    expect(valuesOf(model)).toEqual([
      [0, 1],
      [200, 2],
      [1000, 3],
    ]);
    expect(model.notes).toEqual([
      `final was passed over: its name is not ${pattern}`,
      `${folder(300)} was passed over: there are no weights; expected one of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json`,
    ]);
  });

  it('of which each folder has its config', () => {
    const path = place({
      'step1/model.safetensors': weights(1),
      'step1/config.json': gpt2(),
      'step2/model.safetensors': weights(2),
      'step2/config.json': gpt2(),
    });
    expect(valuesOf(openModel(path))).toEqual([
      [1, 1],
      [2, 2],
    ]);
    writeFileSync(join(path, 'step2', 'config.json'), gpt2(3));
    expect(refusal(() => openModel(path), join(path, 'step2', 'config.json'))).toMatch(
      /is of another model than .*step1\/config\.json/,
    );
    rmSync(join(path, 'step2', 'config.json'));
    expect(refusal(() => openModel(path), join(path, 'step2'))).toMatch(/there is no config\.json, nor in/);
  });

  it('beside the final model of a Trainer', () => {
    const path = place({
      'config.json': gpt2(),
      'model.safetensors': weights(9),
      'checkpoint-500/model.safetensors': weights(5),
    });
    const model = openModel(path);
    expect(valuesOf(model)).toEqual([[500, 5]]);
    expect(model.notes).toEqual([
      'model.safetensors beside the folders named checkpoint-{N} was passed over: its step is not known; give its own path to measure it',
    ]);
  });

  it('of files beside a config', () => {
    const path = place({
      'config.json': gpt2(),
      'ckpt_200.pt': writeTorchFile(state(2, 2), 'a'),
      'ckpt_0.pt': writeTorchFile(state(1, 1), 'a'),
    });
    const model = openModel(path);
    expect(model).toMatchObject({ kind: 'series', family: { name: 'gpt2' } });
    expect(valuesOf(model)).toEqual([
      [0, 1],
      [200, 2],
    ]);
  });
});

describe('a run of train', () => {
  it('is a run, with its notes and its folder', () => {
    const path = place({
      'config.json': JSON.stringify({ d_model: 2, num_epoch: 5 }),
      'ckpt_0.pt': writeTorchFile(state(1, 1), 'a'),
      'ckpt_5.pt': writeTorchFile(state(2, 2), 'a'),
      'err_arr.json': '[]',
    });
    const model = openModel(path);
    expect(model).toMatchObject({ kind: 'run', name: 'model', family: { name: 'copying' }, notes: [] });
    expect(model.run!.errorFile).toBe(join(path, 'err_arr.json'));
    expect(valuesOf(model)).toEqual([
      [0, 1],
      [5, 2],
    ]);
  });
});

describe('the cache of the Hub', () => {
  const commit = 'c0ffee'.repeat(6).slice(0, 36);
  const snapshot = (name: string, blob: string) => ({
    [`snapshots/${commit}${name}/config.json`]: '→../../blobs/config',
    [`snapshots/${commit}${name}/model.safetensors`]: `→../../blobs/${blob}`,
  });
  const cached = (files: Readonly<Record<string, string | Uint8Array>>) =>
    place(
      { 'blobs/config': gpt2(), 'blobs/one': weights(1), 'blobs/two': weights(2), ...files },
      'models--org--tiny',
    );

  it('gives the main revision', () => {
    const path = cached({
      'refs/main': `${commit}a\n`,
      'refs/other': `${commit}b`,
      ...snapshot('a', 'one'),
      ...snapshot('b', 'two'),
    });
    const model = openModel(path);
    expect(model).toMatchObject({ name: 'tiny', kind: 'model' });
    expect(valuesOf(model)).toEqual([[null, 1]]);
    expect(model.notes).toEqual(['revision other was passed over; give its snapshot to measure it']);
    expect(valuesOf(openModel(join(path, 'snapshots', `${commit}b`)))).toEqual([[null, 2]]);
  });

  it('gives a series of the revisions that are steps', () => {
    const path = cached({
      'refs/main': `${commit}a`,
      'refs/step10': `${commit}b`,
      'refs/step2': `${commit}a`,
      'refs/step3': `${commit}d`,
      'refs/pr/1': `${commit}a`,
      ...snapshot('a', 'one'),
      ...snapshot('b', 'two'),
    });
    const model = openModel(path);
    expect(model.kind).toBe('series');
    expect(valuesOf(model)).toEqual([
      [2, 1],
      [10, 2],
    ]);
    expect(model.notes).toEqual([
      `revision step3 was passed over: its snapshot ${commit}d is not downloaded`,
    ]);
  });

  it('gives the only snapshot where no ref names one', () => {
    expect(valuesOf(openModel(cached(snapshot('', 'one'))))).toEqual([[null, 1]]);
    const path = cached({ ...snapshot('a', 'one'), ...snapshot('b', 'two') });
    expect(refusal(() => openModel(path), path)).toMatch(/2 snapshots and no ref that names one of them/);
  });

  it('is not left, by refs or by links', () => {
    const secret = place({ 'model.safetensors': weights(6), 'config.json': gpt2() }, 'secret');
    const byRef = cached({ 'refs/main': '../../secret', ...snapshot('', 'one') });
    expect(refusal(() => openModel(byRef), join(byRef, 'refs/main'))).toMatch(/expected a commit/);
    const byLink = cached({
      'refs/main': commit,
      [`snapshots/${commit}/config.json`]: '→../../blobs/config',
      [`snapshots/${commit}/model.safetensors`]: `→${secret}/model.safetensors`,
    });
    const model = openModel(byLink);
    const path = join(byLink, 'snapshots', commit, 'model.safetensors');
    expect(refusal(() => model.open(model.steps[0]!), path)).toMatch(/is a link that leads out of/);
    const byConfig = cached({
      'refs/main': commit,
      [`snapshots/${commit}/config.json`]: `→${secret}/config.json`,
      [`snapshots/${commit}/model.safetensors`]: '→../../blobs/one',
    });
    expect(() => openModel(byConfig)).toThrow(/config\.json: is a link that leads out of/);
    const bySnapshot = cached({ 'refs/main': commit, [`snapshots/${commit}`]: `→${secret}` });
    expect(() => {
      const opened = openModel(bySnapshot);
      opened.open(opened.steps[0]!);
    }).toThrow(/is a link that leads out of/);
  });

  it('follows no link of a shard out of it', () => {
    const secret = place({ 'a.safetensors': weights(6) }, 'secret');
    const path = cached({ 'refs/main': commit, [`snapshots/${commit}/config.json`]: '→../../blobs/config' });
    const folder = join(path, 'snapshots', commit);
    writeFileSync(join(folder, 'model.safetensors.index.json'), '{"weight_map": {"w": "a.safetensors"}}');
    symlinkSync(join(secret, 'a.safetensors'), join(folder, 'a.safetensors'));
    const model = openModel(path);
    expect(() => valuesOf(model)).toThrow(/a\.safetensors: is a link that leads out of/);
  });
});

describe('what is no model', () => {
  it.each<[string, Record<string, string | Uint8Array>, RegExp]>([
    [
      'an empty folder',
      {},
      /holds no model: neither checkpoints of a run .*nor config\.json with weights.*nor folders/,
    ],
    [
      'a config alone',
      { 'config.json': gpt2() },
      /config\.json is there, but there are no weights; expected one of/,
    ],
    [
      'weights alone',
      { 'model.safetensors': weights(1) },
      /holds model\.safetensors, but there is no config\.json/,
    ],
    [
      'a config without model_type',
      { 'config.json': '{"n_embd": 2}', 'model.safetensors': weights(1) },
      /config\.json has no model_type/,
    ],
    [
      'another family',
      { 'config.json': '{"model_type": "t5"}', 'model.safetensors': '' },
      /model_type t5 is not known/,
    ],
    ['a config that is a list', { 'config.json': '[]' }, /expected an object of options/],
    ['a config that is not JSON', { 'config.json': '{' }, /not valid JSON.*restore it/],
    [
      'GGUF',
      { 'config.json': gpt2(), 'tiny.gguf': 'x' },
      /tiny\.gguf is quantised; take the original weights/,
    ],
    ['an adapter', { 'config.json': gpt2(), 'adapter_model.safetensors': 'x' }, /merge_and_unload/],
    [
      'another framework',
      { 'config.json': gpt2(), 'tf_model.h5': 'x' },
      /tf_model\.h5 is of another framework/,
    ],
    [
      'shards without index',
      { 'config.json': gpt2(), 'model-00001-of-00002.safetensors': 'x' },
      /is a shard without its index/,
    ],
    [
      'a broken link',
      { 'config.json': '→nowhere', 'model.safetensors': 'x' },
      /no such file, or a link that leads nowhere/,
    ],
    ['folders of steps without models', { 'step1/notes.txt': 'x' }, /holds no model/],
  ])('%s', (_, files, message) => {
    const path = place(files);
    expect(() => openModel(path)).toThrow(InputError);
    expect(() => openModel(path)).toThrow(message);
  });

  it('is a file or folder that is not there, or of another kind', () => {
    const path = place({ 'config.json': gpt2(), 'notes.txt': 'x' });
    expect(refusal(() => openModel(join(path, 'absent')), join(path, 'absent'))).toMatch(
      /no such file or folder/,
    );
    expect(refusal(() => openModel(join(path, 'config.json')), join(path, 'config.json'))).toMatch(
      /is a config/,
    );
    const alone = place({ 'w.safetensors': weights(1) });
    const file = join(alone, 'w.safetensors');
    expect(refusal(() => openModel(file), file)).toMatch(/there is no config\.json beside it/);
  });

  it('whatever its config says, is refused in one line', () => {
    const path = place({ 'config.json': '', 'model.safetensors': weights(1) });
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        writeFileSync(join(path, 'config.json'), text);
        try {
          openModel(path);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message.startsWith(path)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
