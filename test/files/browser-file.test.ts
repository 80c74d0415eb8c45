import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTensorFile } from '../../src/checkpoint/read.js';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { InputError } from '../../src/errors.js';
import { type BrowserFile, openBrowserFile } from '../../src/files/browser-file.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { fromFloat32 } from '../../src/tensor/encode.js';
import { refusal } from '../checkpoint/hostile-archives.js';

/** Bytes that were asked for, in a file whose end, beyond what is here, is zeros. */
interface StandInFile extends BrowserFile {
  readonly asked: [number, number][];
}

function standIn(bytes: Uint8Array, size = bytes.length): StandInFile {
  const asked: [number, number][] = [];
  return {
    name: 'chosen.safetensors',
    size,
    asked,
    slice: (from, to) => {
      asked.push([from, to]);
      const part = new Uint8Array(Math.min(to, size) - from);
      if (from < bytes.length) part.set(bytes.subarray(from, to));
      return part;
    },
  };
}

const matrix = fromFloat32(
  Float32Array.from({ length: 12 }, (_, at) => at),
  [3, 4],
);
const bytes = writeSafetensors(new Map([['w', matrix]]));

describe('a file chosen in a browser', () => {
  beforeEach(() => {
    vi.stubGlobal(
      'FileReaderSync',
      class {
        readAsArrayBuffer(part: Uint8Array): ArrayBuffer {
          return part.slice().buffer as ArrayBuffer;
        }
      },
    );
  });
  afterEach(() => vi.unstubAllGlobals());

  it('is read by range', () => {
    const file = standIn(bytes);
    const source = openTensorFile(openBrowserFile(file));
    expect(source.info('w')).toMatchObject({ shape: [3, 4], file: file.name });
    file.asked.length = 0;
    expect([...toFloat64(source.read('w', { from: 1, count: 1 }))]).toEqual([4, 5, 6, 7]);
    expect(file.asked.map(([from, to]) => to - from)).toEqual([16]);
  });

  it('may be larger than a browser can hold', () => {
    const rows = 2 ** 30;
    const header = JSON.stringify({
      w: { dtype: 'F32', shape: [rows, 8], data_offsets: [0, 32 * rows] },
    });
    const head = new Uint8Array(8 + header.length);
    new DataView(head.buffer).setUint32(0, header.length, true);
    head.set(new TextEncoder().encode(header), 8);
    const file = standIn(head, head.length + 32 * rows);
    const source = openTensorFile(openBrowserFile(file));
    expect(toFloat64(source.read('w', { from: rows - 1, count: 1 })).length).toBe(8);
    expect(file.asked.at(-1)).toEqual([file.size - 32, file.size]);
    expect(Math.max(...file.asked.map(([from, to]) => to - from))).toBeLessThan(1000);
  });

  it('that became shorter is an error that names it', () => {
    let now = bytes;
    const shorter: BrowserFile = {
      name: 'chosen.safetensors',
      size: bytes.length,
      slice: (from, to) => now.subarray(from, to),
    };
    const source = openTensorFile(openBrowserFile(shorter));
    now = bytes.subarray(0, -4);
    expect(refusal(() => source.read('w'), shorter.name)).toMatch(/changed or went away while it was read/);
  });

  it.each([
    ['NotReadableError', /changed or went away while it was read: choose it again/],
    ['NotFoundError', /changed or went away while it was read: choose it again/],
    ['SecurityError', /bytes from byte 0 on cannot be read \(SecurityError\)/],
  ])('whose reader throws a %s is an error that names it', (kind, message) => {
    vi.stubGlobal(
      'FileReaderSync',
      class {
        readAsArrayBuffer(): ArrayBuffer {
          throw Object.assign(new Error('a browser says this in its own way'), { name: kind });
        }
      },
    );
    const file = standIn(bytes);
    expect(refusal(() => openTensorFile(openBrowserFile(file)), file.name)).toMatch(message);
  });

  it('is not read beyond its end', () => {
    const file = standIn(bytes);
    const source = openBrowserFile(file);
    expect(refusal(() => source.read(file.size, 1), file.name)).toMatch(/are not within its \d+ bytes/);
    expect(file.asked).toEqual([]);
  });
});

it('a page that cannot wait is told to read in a worker', () => {
  expect(() => openBrowserFile(standIn(bytes))).toThrow(InputError);
  expect(() => openBrowserFile(standIn(bytes))).toThrow(/in a worker alone/);
});
