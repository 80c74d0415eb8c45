import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { readEveryTensor } from '../../src/checkpoint/tensor-source.js';
import { openTensorsAt } from '../../src/run/open-tensors.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = join(root, 'examples/small_llama');

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bridgescope-published-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** What `npm run check:published` runs once it has built. */
function check(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const program = join(root, 'tools/check-published.js');
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

it('finds the heads of the example model that PyTorch finds', async () => {
  const { status, stdout } = await check(example, '--sequences', '10');
  expect(stdout).toContain('3 of the 3 strongest are the published ones');
  expect(stdout).toContain('6 of the 6 strongest are the published ones');
  expect(stdout).toMatch(/qk_ov_match, rank 10 at relative position -1: highest 9\d\.\d % \(0\.[01]>1\.\d\)/);
  expect(stdout).toContain('all published heads agree within 0.05');
  expect(status).toBe(0);
});

it('says which heads differ where the weights are others', async () => {
  writeFileSync(join(scratch, 'config.json'), readFileSync(join(example, 'config.json')));
  const tensors = new Map(readEveryTensor(openTensorsAt(example)));
  const [first, second] = ['q_proj', 'o_proj'].map((part) => `model.layers.1.self_attn.${part}.weight`);
  const query = tensors.get(first!)!;
  tensors.set(first!, tensors.get(second!)!);
  tensors.set(second!, query);
  writeFileSync(join(scratch, 'model.safetensors'), writeSafetensors(tensors));
  const { status, stdout } = await check(scratch, '--sequences', '2');
  expect(stdout).toMatch(/1\.5 +0\.967 +0\.\d{3} +-0\.\d{3} {2}differs/);
  expect(stdout).toContain('not all published heads agree');
  expect(status).toBe(1);
});

it('names the models that it knows where it is given another one', async () => {
  const path = join(root, 'test/golden/models/falcon');
  const { status, stderr } = await check(path);
  expect(stderr).toMatch(
    /falcon: no heads are published for a model of this shape \(falcon, 2 layers .*\); known are GPT-2, GPT-2 XL, .*\n$/,
  );
  expect(status).toBe(1);
  expect((await check()).status).toBe(2);
});
