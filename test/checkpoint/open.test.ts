import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, openTensors, openTestSet } from '../../src/checkpoint/open.js';
import { goldenPath } from './golden-files.js';
import { refusal } from './hostile-archives.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgescope-open-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function place(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('a file that is none', () => {
  it.each([openCheckpoint, openTensors, openTestSet])('%o', (open) => {
    const refuse = (path: string) => refusal(() => open(path), path);
    expect(refuse(join(folder, 'absent.pt'))).toMatch(/no such file; check the path/);
    expect(refuse(folder)).toMatch(/expected a file, found a folder or device/);
    expect(refuse('/dev/null')).toMatch(/expected a file, found a folder or device/);
    expect(refuse(join(folder, 'x'.repeat(300)))).toMatch(/cannot be read \(ENAMETOOLONG\)/);
    expect(refuse(place('empty.pt', ''))).toMatch(/the file is empty; copy it again/);
    expect(refuse(place('text.pt', 'hello, world'))).toMatch(/neither a PyTorch file.*nor safetensors/);
    expect(refuse(place('zip.pt', 'PK\u0003\u0004 and then nothing'))).toMatch(/truncated/);
    expect(refuse(join(place('file.pt', 'x'), 'below.pt'))).toMatch(/no such file|ENOTDIR/);
  });

  it.runIf(process.getuid?.() !== 0)('must not be forbidden', () => {
    const path = place('secret.pt', 'x');
    chmodSync(path, 0);
    expect(refusal(() => openCheckpoint(path), path)).toMatch(/cannot be read \(EACCES\).*permissions/);
  });
});

it('gives the bytes of the file along with its tensors', () => {
  const { bytes, state } = openCheckpoint(goldenPath('state_dict.pt'));
  expect(bytes.length).toBe(1713);
  expect(state.get('fc.weight')!.storage.buffer).toBe(bytes.buffer);
});
