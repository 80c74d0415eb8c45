import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { portableCodec } from '../../src/checkpoint/codec.js';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { crc32 } from '../../src/checkpoint/crc32.js';
import { openTensorFile } from '../../src/checkpoint/read.js';
import { safetensorsChunks, writeSafetensors } from '../../src/checkpoint/safetensors-write.js';
import { readEveryTensor, sourceOfState } from '../../src/checkpoint/tensor-source.js';
import { writeTorchFile, writeTorchTo } from '../../src/checkpoint/torch-write.js';
import { readZip } from '../../src/checkpoint/zip-read.js';
import { writeZip, writeZipTo } from '../../src/checkpoint/zip-write.js';
import type { ByteSink } from '../../src/files/byte-sink.js';
import { type ByteSource, bytesInMemory } from '../../src/files/byte-source.js';
import { fromFloat32, toBytes } from '../../src/tensor/encode.js';
import type { StateDict, Tensor } from '../../src/tensor/tensor.js';
import { refusal } from './hostile-archives.js';

const count = 5 * 2 ** 20;
const numbers = fromFloat32(
  Float32Array.from({ length: count }, (_, at) => at),
  [5, 2 ** 20],
);
/** 20 MiB is more than is written at once; the second one lies column by column. */
const large: StateDict = new Map<string, Tensor>([
  ['rows', numbers],
  ['columns', { ...numbers, shape: [2 ** 20, 5], strides: [1, 2 ** 20] }],
  ['none', fromFloat32(new Float32Array(0), [0, 7])],
  ['scalar', fromFloat32(Float32Array.of(7), [])],
]);

/** Pieces that were written, and where. */
function collector(): ByteSink & { joined(): Uint8Array; readonly pieces: Uint8Array[] } {
  const pieces: Uint8Array[] = [];
  const changes: [number, Uint8Array][] = [];
  return {
    pieces,
    write: (bytes) => void pieces.push(bytes.slice()),
    rewrite: (at, bytes) => void changes.push([at, bytes.slice()]),
    joined: () => {
      const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const piece of pieces) {
        bytes.set(piece, at);
        at += piece.length;
      }
      for (const [place, change] of changes) bytes.set(change, place);
      return bytes;
    },
  };
}

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('written piece by piece', () => {
  it('safetensors are the bytes that are written at once', () => {
    const sink = collector();
    for (const chunk of safetensorsChunks(sourceOfState(large, 'memory'), { format: 'pt' }))
      sink.write(chunk);
    expect(isSame(sink.joined(), writeSafetensors(large, { format: 'pt' }))).toBe(true);
    expect(Math.max(...sink.pieces.map(({ length }) => length))).toBeLessThanOrEqual(2 ** 24);
  });

  it('PyTorch files are, and are read again', () => {
    const sink = collector();
    writeTorchTo(sink, sourceOfState(large, 'memory'), 'big', nodeCodec.crc32);
    const bytes = sink.joined();
    expect(isSame(bytes, writeTorchFile(large, 'big'))).toBe(true);
    const found = readEveryTensor(openTensorFile(bytesInMemory(bytes, 'big.pt'), nodeCodec));
    expect([...found.keys()]).toEqual([...large.keys()]);
    for (const [name, tensor] of large) expect(isSame(toBytes(found.get(name)!), toBytes(tensor))).toBe(true);
  });

  it('from a PyTorch file whose bytes have changed, nothing is', () => {
    const bytes = writeTorchFile(large, 'big');
    bytes[10_000_000]! ^= 1;
    const source = openTensorFile(bytesInMemory(bytes, 'big.pt'), nodeCodec);
    const write = () => {
      for (const _ of safetensorsChunks(source));
    };
    expect(refusal(write, 'big.pt')).toMatch(/"big\/data\/0" has checksum .* its bytes have changed/);
  });
});

describe('checksums', () => {
  it('go on from those of the bytes before', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, at) => at * 31);
    for (let cut = 0; cut <= 100; cut += 9) {
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlib.crc32(bytes));
    }
  });
});

describe('archives beyond the limits of plain zip', () => {
  it('hold 65535 entries', () => {
    const files = Array.from({ length: 65_535 }, (_, at) => ({ name: `f${at}`, bytes: Uint8Array.of(at) }));
    const archive = readZip(bytesInMemory(writeZip(files), 'many.zip'), portableCodec);
    expect(archive.names.length).toBe(65_535);
    expect(archive.read('f65534')).toEqual(Uint8Array.of(65_534));
  });

  it('hold entries of more than 4 GiB, and entries behind them', () => {
    const piece = new Uint8Array(2 ** 28);
    // What is written is kept but for the zeros, whose checksum is not what is tested.
    const kept = new Map<number, Uint8Array>();
    let size = 0;
    const sink: ByteSink = {
      write: (bytes) => {
        if (bytes !== piece) kept.set(size, bytes.slice());
        size += bytes.length;
      },
      rewrite: () => {},
    };
    const zeros = 20;
    const files = [
      { name: 'big', size: zeros * piece.length, chunks: () => Array<Uint8Array>(zeros).fill(piece) },
      { name: 'small', size: 3, chunks: () => [Uint8Array.of(1, 2, 3)] },
    ];
    writeZipTo(sink, files, () => 0);
    const source: ByteSource = {
      name: 'huge.zip',
      get size() {
        return size;
      },
      read: (offset, length) => {
        const bytes = new Uint8Array(length);
        for (const [at, part] of kept) {
          for (let k = Math.max(0, offset - at); k < part.length && at + k < offset + length; k++)
            bytes[at + k - offset] = part[k]!;
        }
        return bytes;
      },
    };
    const archive = readZip(source, { ...portableCodec, crc32: () => 0 });
    expect(archive.size('big')).toBe(zeros * 2 ** 28);
    expect(archive.read('small')).toEqual(Uint8Array.of(1, 2, 3));
    expect(archive.readRange('big', zeros * 2 ** 28 - 2, 2)).toEqual(new Uint8Array(2));
  });
});
