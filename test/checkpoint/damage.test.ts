import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableCodec } from '../../src/checkpoint/codec.js';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { readTensors } from '../../src/checkpoint/read.js';
import { readZip } from '../../src/checkpoint/zip-read.js';
import { writeZip } from '../../src/checkpoint/zip-write.js';
import { InputError } from '../../src/errors.js';
import { bytesInMemory } from '../../src/files/byte-source.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import type { StateDict } from '../../src/tensor/tensor.js';
import { goldenBytes } from './golden-files.js';
import { pickle, refusal } from './hostile-archives.js';

fc.configureGlobal({ seed: 20261 });

const archives = ['state_dict.pt', 'zip64_deflated.pt', 'streamed.pt', 'test.pth'];

/** Everything a reader says of a file, quick to compare. */
function contents(state: StateDict): string {
  return [...state].map(([name, x]) => `${name} ${x.dtype} ${x.shape} ${toFloat64(x)}`).join('\n');
}

/** Reads a damaged file: its contents, or undefined where it is refused as it should be. */
function readDamaged(bytes: Uint8Array, file: string, codec = nodeCodec): string | undefined {
  try {
    return contents(readTensors(bytes, file, codec));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message.startsWith(`${file}: `), error.message).toBe(true);
    return undefined;
  }
}

describe('a truncated file is refused, wherever it ends', () => {
  it.each([...archives, 'deflated.pt', 'dtypes.safetensors', 'shapes_1.safetensors'])('%s', (file) => {
    const bytes = goldenBytes(file);
    for (let length = 0; length < bytes.length; length++) {
      const read = () => readTensors(bytes.subarray(0, length), file, nodeCodec);
      expect(read).toThrow(InputError);
    }
    refusal(() => readTensors(bytes.subarray(0, bytes.length >> 1), file), file);
  });
});

describe('a flipped bit is noticed or harmless, wherever it is', () => {
  // One of them bit by bit; of the others every seventh, which meets every byte.
  it.each(archives.map((file, at) => [file, at === 0 ? 1 : 7] as const))('%s', (file, stride) => {
    const bytes = goldenBytes(file);
    const sound = readDamaged(bytes, file);
    let noticed = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit += stride) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const found = readDamaged(bytes, file, bit % 16 === 0 ? portableCodec : nodeCodec);
      if (found === undefined) noticed++;
      else if (found !== sound) expect.fail(`bit ${bit} of ${file} changes what is read:\n${found}`);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    // Harmless are dates, attributes and padding.
    expect(noticed).toBeGreaterThan(bytes.length / stride);
  });

  it('in the header of safetensors never ends in anything but tensors or a refusal', () => {
    const bytes = goldenBytes('shapes_0.safetensors');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      readDamaged(bytes, 'shapes_0.safetensors');
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });
});

describe('wrong instructions with a right checksum', () => {
  const sound = readZip(bytesInMemory(goldenBytes('nested.pt'), 'nested.pt'), nodeCodec);
  const whole = sound.read('nested/data.pkl');
  const around = (instructions: Uint8Array) =>
    writeZip(
      sound.names.map((name) => ({
        name,
        bytes: name === 'nested/data.pkl' ? instructions : sound.read(name),
      })),
    );

  it('give tensors or a refusal', () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const instructions = whole.slice();
        for (const [at, value] of changes) instructions[at] = value;
        readDamaged(around(instructions), 'f.pt');
      }),
      { numRuns: 2000 },
    );
  });

  it('give tensors or a refusal when they are cut, or are any at all', () => {
    for (let length = 0; length < whole.length; length += 3) {
      expect(readDamaged(around(whole.subarray(0, length)), 'f.pt')).toBeUndefined();
    }
    const opcodes = [
      ...'(0212NIJKMLGFSTUVXBCPQ]ael)t}dsucibRoqrpjhg.',
      0x80,
      0x85,
      0x86,
      0x87,
      0x88,
      0x89,
      0x8a,
      0x8f,
    ];
    const instruction = fc.oneof(fc.constantFrom(...opcodes), fc.nat(255));
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 40 }), (instructions) => {
        readDamaged(around(pickle(...instructions, '.')), 'f.pt');
      }),
      { numRuns: 2000 },
    );
  });
});
