import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { readSafetensors } from '../../src/checkpoint/safetensors-read.js';
import { readZip } from '../../src/checkpoint/zip-read.js';
import { bytesInMemory } from '../../src/files/byte-source.js';
import { toFloat64 } from '../../src/tensor/decode.js';

/** What tools/make_export_golden.py wrote: every seventh entry of dense float64 numpy's arrays. */
interface Case {
  readonly folder: string;
  readonly step: number;
  readonly pair: string;
  readonly rel_pos: number;
  readonly rank: number;
  readonly arrays: Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const cases: Case[] = JSON.parse(readFileSync(join(root, 'test/golden/export.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'an export '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'dist/cli/main.js'), 'export', ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr: stderr.trim() };
}

/** Entries of a singular vector have a sign that nothing determines: its first entry of the file's is given that of numpy. */
function expectVectors(found: Float64Array, cols: number, expected: readonly number[]): void {
  const signs = new Map<number, number>();
  expected.forEach((value, at) => {
    const place = at * 7;
    const col = place % cols;
    if (!signs.has(col) && Math.abs(value) > 1e-3)
      signs.set(col, Math.sign(value) * Math.sign(found[place]!));
  });
  expected.forEach((value, at) => {
    const sign = signs.get((at * 7) % cols);
    if (sign !== undefined) expect(found[at * 7]! * sign).toBeCloseTo(value, 9);
  });
}

describe('bridgescope export', () => {
  it.each(cases)(
    'writes what numpy finds: $folder',
    ({ folder: from, step, pair, rel_pos, rank, arrays }) => {
      const out = join(folder, 'step.safetensors');
      const options = [
        '--step',
        String(step),
        '--pair',
        pair,
        `--rel-pos=${rel_pos}`,
        '--rank',
        String(rank),
      ];
      const { status, stderr } = run(join(root, from), '--out', out, ...options);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const found = readSafetensors(readFileSync(out), out);
      expect([...found.keys()].sort()).toEqual(Object.keys(arrays).sort());
      for (const [name, { shape, values }] of Object.entries(arrays)) {
        const tensor = found.get(name)!;
        expect(tensor.shape, name).toEqual(shape);
        const numbers = toFloat64(tensor);
        if (name === 'v_qk' || name === 'u_ov') expectVectors(numbers, shape[1]!, values);
        else
          values.forEach((value, at) => void expect(numbers[at * 7], `${name} ${at}`).toBeCloseTo(value, 9));
      }
    },
  );

  it('writes the same numbers for numpy.load', () => {
    const [run1, run2] = ['a.npz', 'a.safetensors'].map((name) => join(folder, name));
    for (const out of [run1!, run2!])
      run(join(root, 'examples/small_run'), '--out', out, '--of', 's_q,coeffs', '--quiet');
    const archive = readZip(bytesInMemory(readFileSync(run1!), run1!), nodeCodec);
    const expected = readSafetensors(readFileSync(run2!), run2!);
    expect(archive.names).toEqual(['s_q.npy', 'coeffs.npy']);
    for (const name of archive.names) {
      const bytes = archive.read(name);
      // Magic, version 1.0, the length of the header, and a header that ends where a multiple of 64 does.
      expect([...bytes.subarray(0, 8)]).toEqual([0x93, ...Buffer.from('NUMPY'), 1, 0]);
      const start = 10 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
      expect(start % 64).toBe(0);
      const tensor = expected.get(name.slice(0, -'.npy'.length))!;
      const shape = tensor.shape.length === 1 ? `(${tensor.shape[0]},)` : `(${tensor.shape.join(', ')})`;
      expect(Buffer.from(bytes.subarray(10, start)).toString()).toMatch(
        new RegExp(
          `^{'descr': '<f8', 'fortran_order': False, 'shape': ${shape.replace(/[()]/g, '\\$&')}, } *\\n$`,
        ),
      );
      expect(new Float64Array(Uint8Array.from(bytes.subarray(start)).buffer)).toEqual(toFloat64(tensor));
    }
  });

  it('leaves out what a model of one layer does not have', () => {
    const out = join(folder, 'one.npz');
    const { status, stdout } = run(join(root, 'test/golden/runs/one_layer'), '--out', out);
    expect(status).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ +/)[0])).toEqual(
      expect.arrayContaining(['w_ov', 'u_ov', 's_ov', 's_q', 's_k', 'coeffs']),
    );
    expect(stdout).not.toMatch(/^(scores|w_qk|v_qk)/m);
  });

  it.each([
    [['--out', 'x.csv'], '.npz or .safetensors'],
    [['--out', 'x.npz', '--of', 'uov'], 'did you mean u_ov?'],
    [['--out', 'x.npz', '--step', '3'], 'no such checkpoint'],
    [['--out', 'x.npz', '--pair', '1.0>0.0'], 'such as 0.0>1.0'],
    [['--out', 'x.npz', '--rank', '99'], '--rank'],
  ])('is wrong usage: %j', (args, message) => {
    const at = args.map((word) => (word.startsWith('x.') ? join(folder, word) : word));
    const { status, stderr } = run(join(root, 'examples/small_run'), ...at);
    expect(stderr).toContain(message);
    expect(stderr.split('\n')).toHaveLength(1);
    expect(status).toBe(2);
    expect(existsSync(join(folder, 'x.npz'))).toBe(false);
  });
});
