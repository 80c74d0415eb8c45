import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { portableCodec } from '../../src/checkpoint/codec.js';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { crc32 } from '../../src/checkpoint/crc32.js';
import { readTensors } from '../../src/checkpoint/read.js';
import { writeZip } from '../../src/checkpoint/zip-write.js';
import { goldenBytes } from './golden-files.js';
import {
  littleEndian,
  one,
  pickle,
  refusal,
  stateFile,
  tensor,
  text,
  torchFile,
} from './hostile-archives.js';

const file = 'run/ckpt_0.pt';
const sound = stateFile(tensor(one(2), one(1)));

function refuse(bytes: Uint8Array): string {
  const message = refusal(() => readTensors(bytes, file, nodeCodec), file);
  expect(refusal(() => readTensors(bytes, file, portableCodec), file)).toBe(message);
  return message;
}

/** Offsets of the fields that tests falsify: in the directory's entries, local headers, and the directory's end. */
const directoryField = { flags: 8, method: 10, crc: 16, compressed: 20, size: 24, header: 42 };
const endField = { disk: 4, count: 10, length: 12, start: 16 };

function directoryEntries(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = bytes.length - 22;
  const places: number[] = [];
  for (let at = view.getUint32(end + endField.start, true); at < end; ) {
    places.push(at);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return places;
}

function falsify(entry: number, changes: Partial<Record<keyof typeof directoryField, number>>): Uint8Array {
  const bytes = sound.slice();
  const view = new DataView(bytes.buffer);
  const at = directoryEntries(bytes)[entry]!;
  for (const [field, value] of Object.entries(changes)) {
    const place = at + directoryField[field as keyof typeof directoryField];
    if (field === 'flags' || field === 'method') view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
  }
  return bytes;
}

function falsifyEnd(field: keyof typeof endField, value: number): Uint8Array {
  const bytes = sound.slice();
  const place = bytes.length - 22 + endField[field];
  bytes.set(littleEndian(value, field === 'disk' || field === 'count' ? 2 : 4), place);
  return bytes;
}

describe('checksums', () => {
  it('are those of zip', () => {
    // The check value of the CRC catalogue for "123456789".
    expect(crc32(pickle('123456789'))).toBe(0xcbf43926);
    for (let length = 0; length < 40; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => at * 37);
      expect(crc32(bytes)).toBe(nodeCodec.crc32(bytes));
    }
  });

  it('are checked for stored, deflated and zip64 entries, and for those of the format itself', () => {
    expect(refuse(falsify(1, { crc: 1 }))).toMatch(
      /zip entry "x\/data\/0" has checksum [0-9a-f]{8}, expected 00000001: its bytes have changed; copy the file again/,
    );
    expect(refuse(falsify(0, { crc: 0xffff_fffe }))).toMatch(
      /"x\/data\.pkl" has checksum [0-9a-f]{8}, expected fffffffe/,
    );
    for (const name of ['deflated.pt', 'zip64.pt', 'zip64_deflated.pt', 'streamed.pt']) {
      const bytes = goldenBytes(name);
      const first = [0x50, 0x4b, 1, 2];
      const at = bytes.findIndex((_, from) => first.every((byte, k) => bytes[from + k] === byte));
      bytes[at + directoryField.crc]! ^= 1;
      expect(refuse(bytes)).toMatch(/"\w+\/data\.pkl" has checksum/);
    }
  });
});

describe('names', () => {
  it.each([
    '../evil',
    'x/../../evil',
    '/etc/evil',
    'x\\..\\evil',
    'C:evil',
    'x/\0evil',
    '..',
    '\ufeff/../evil',
  ])('that are path tricks are refused, though unused: %j', (name) => {
    const bytes = torchFile(pickle('}.'), { name, bytes: new Uint8Array(3) });
    expect(refuse(bytes)).toMatch(/zip entry .* is a path trick.*do not use this file/);
  });

  it('with dots that lead nowhere are not', () => {
    const bytes = torchFile(pickle('}.'), { name: 'x/.data/serialization_id', bytes: new Uint8Array(3) });
    expect(readTensors(bytes, file).size).toBe(0);
  });

  it('of any length are shown cut short', () => {
    const name = `../${'x'.repeat(5000)}`;
    const message = refuse(torchFile(pickle('}.'), { name, bytes: new Uint8Array(3) }));
    expect(message).toMatch(/zip entry "\.\.\/x+…x+" is a path trick/);
    expect(message.length).toBeLessThan(300);
  });

  it('must be there, and once', () => {
    const data = { name: 'x/data.pkl', bytes: pickle('}.') };
    expect(refuse(torchFile(pickle('}.'), data))).toMatch(/two zip entries are named "x\/data\.pkl"/);
    expect(refuse(torchFile(pickle('}.'), { ...data, name: 'y/data.pkl' }))).toMatch(
      /2 entries named data\.pkl, expected one/,
    );
    expect(refuse(writeZip([{ ...data, name: 'x/data.pkl.txt' }]))).toMatch(
      /0 entries named data\.pkl.*torch\.save/,
    );
    expect(refuse(writeZip([]))).toMatch(/0 entries named data\.pkl/);
  });

  it('must be the same in the directory and before the data', () => {
    const bytes = sound.slice();
    bytes.set(pickle('y'), 30);
    expect(refuse(bytes)).toMatch(/zip entry "x\/data\.pkl" is called "y\/data\.pkl" in its local header/);
  });
});

describe('entries', () => {
  it.each([
    ['encrypted', falsify(0, { flags: 1 }), /"x\/data\.pkl" is encrypted/],
    ['of another method', falsify(0, { method: 12 }), /compression method 12, expected 0 \(stored\) or 8/],
    ['stored with two sizes', falsify(1, { size: 9 }), /"x\/data\/0" claims 9 bytes in 8/],
    ['that are not compressed', falsify(1, { method: 8 }), /does not inflate|inflates to/],
    [
      'that run past the data',
      falsify(1, { size: 2 ** 30, compressed: 2 ** 30 }),
      /\(1073741824 bytes at \d+\) runs past the data/,
    ],
    ['without a local header', falsify(1, { header: 1 }), /has no local header at 1/],
    ['beyond the file', falsify(1, { header: 0xffff_fff0 }), /has no local header at 4294967280/],
    ['that announce zip64 and have none', falsify(1, { size: 0xffff_ffff }), /claims 4294967295 bytes in 8/],
    [
      'that inflate to more than deflate can',
      falsify(1, { method: 8, size: 2 ** 30 }),
      /claims to inflate 8 bytes to 1073741824/,
    ],
    ['of another disk', falsifyEnd('disk', 1), /split over several disks/],
    ['too many', falsifyEnd('count', 0x7fff), /announces 32767 entries in \d+ bytes/],
    ['one too many', falsifyEnd('count', 3), /damaged at entry 2 of 3|announces 3/],
    ['in a directory that is too long', falsifyEnd('length', 2 ** 30), /does not fit the file/],
    ['in a directory elsewhere', falsifyEnd('start', 2 ** 31), /does not fit the file/],
    ['in a zip64 directory that is not there', falsifyEnd('count', 0xffff), /zip64 locator is missing/],
  ])('%s', (_, bytes, message) => {
    expect(refuse(bytes)).toMatch(message);
  });

  it('that overlap are refused', () => {
    // A whole archive as the data of another's entry: entries that share bytes would let a small file inflate without end.
    const inner = writeZip([{ name: 'b', bytes: pickle('abc') }]);
    const outer = writeZip([
      { name: 'a', bytes: inner },
      { name: 'b', bytes: pickle('abc') },
    ]);
    const view = new DataView(outer.buffer);
    const [, second] = directoryEntries(outer);
    const within = 64;
    expect(outer.subarray(within, within + 4)).toEqual(pickle('PK\x03\x04'));
    view.setUint32(second! + directoryField.header, within, true);
    expect(refuse(outer)).toMatch(/zip entries "a" and "b" overlap/);
  });

  it('that claim zip64 sizes beyond any file allocate nothing', () => {
    const bytes = goldenBytes('zip64.pt');
    const first = [0x50, 0x4b, 1, 2];
    const at = bytes.findIndex((_, from) => first.every((byte, k) => bytes[from + k] === byte));
    const name = new DataView(bytes.buffer).getUint16(at + 28, true);
    const before = process.memoryUsage().arrayBuffers;
    bytes.set(littleEndian(2n ** 60n, 8), at + 46 + name + 4);
    expect(refuse(bytes)).toMatch(/a zip64 field claims 1152921504606846976 in a file of \d+ bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it('that would fill the memory are not inflated', () => {
    // Three megabytes of compressed zeros, as three entries claim them: possible for deflate, and 3 GB.
    const compressed = new Uint8Array(2 ** 20);
    const bytes = torchFile(
      pickle('}.'),
      ...[1, 2, 3].map((key) => ({ name: `x/data/${key}`, bytes: compressed })),
    );
    const view = new DataView(bytes.buffer);
    for (const at of directoryEntries(bytes).slice(2)) {
      view.setUint16(at + directoryField.method, 8, true);
      view.setUint32(at + directoryField.size, 2 ** 30, true);
    }
    expect(refuse(bytes)).toMatch(/claim 3221225\d+ bytes, more than the 2 GiB/);
  });

  it('that nothing asked for are not inflated', () => {
    const compressed = deflateRawSync(new Uint8Array(2 ** 20));
    const storage = tensor(one(2), one(1));
    const bytes = writeZip([
      { name: 'x/data.pkl', bytes: pickle(0x80, 2, '}', text('w'), storage, 's.') },
      { name: 'x/data/0', bytes: compressed },
    ]);
    const view = new DataView(bytes.buffer);
    const at = directoryEntries(bytes)[1]!;
    view.setUint16(at + directoryField.method, 8, true);
    view.setUint32(at + directoryField.size, 2 ** 20, true);
    const inflate = () => expect.unreachable('the entry was inflated');
    expect(refusal(() => readTensors(bytes, file, { ...portableCodec, inflate }), file)).toMatch(
      /storage 0 claims 2 elements of float32, but its entry has 1048576 bytes/,
    );
  });

  it('that inflate to another size than they claim', () => {
    for (const [content, claim] of [
      [100, 99],
      [100, 101],
      [0, 1],
    ] as const) {
      const compressed = deflateRawSync(new Uint8Array(content));
      const bytes = writeZip([{ name: 'x/data.pkl', bytes: compressed }]);
      const view = new DataView(bytes.buffer);
      const [at] = directoryEntries(bytes);
      view.setUint16(at! + directoryField.method, 8, true);
      view.setUint32(at! + directoryField.size, claim, true);
      const read = (codec: typeof nodeCodec) => () => readTensors(bytes, file, codec);
      for (const codec of [nodeCodec, portableCodec]) {
        expect(refusal(read(codec), file)).toMatch(/does not inflate|inflates to|checksum/);
      }
    }
  });
});

it('refuses files of a byte order that is none', () => {
  const bytes = torchFile(pickle('}.'), { name: 'x/byteorder', bytes: pickle('middle') });
  expect(refuse(bytes)).toMatch(/byte order "middle", expected "little" or "big"/);
});
