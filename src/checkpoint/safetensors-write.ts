import { MemorySink } from '../files/byte-sink.js';
import type { StateDict } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { metadataName, safetensorsFormats } from './safetensors-formats.js';
import { infoOf, tensorBytes, tensorChunks } from './tensor-chunks.js';
import { sourceOfState, type TensorSource } from './tensor-source.js';

/**
 * Writes tensors as safetensors, in the order of the state dict, row-major, the header padded so that data is aligned to 8 bytes.
 * @throws CheckpointError when a tensor has the one name that the format keeps for itself, or a number format it lacks
 */
export function writeSafetensors(state: StateDict, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const source = sourceOfState(state, 'state dict');
  const size = source.names.reduce((sum, name) => sum + tensorBytes(infoOf(source, name)), 0);
  const header = safetensorsHeader(source, metadata);
  const sink = new MemorySink(header.length + size);
  sink.write(header);
  for (const name of source.names) for (const chunk of tensorChunks(source, name)) sink.write(chunk);
  return sink.bytes;
}

/** The file of `writeSafetensors` piece by piece. @throws CheckpointError as there, and as the source */
export function* safetensorsChunks(
  source: TensorSource,
  metadata?: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  yield safetensorsHeader(source, metadata);
  for (const name of source.names) yield* tensorChunks(source, name);
}

function safetensorsHeader(
  source: TensorSource,
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const header = new Map<string, unknown>();
  if (metadata !== undefined) header.set(metadataName, metadata);
  let at = 0;
  for (const name of source.names) {
    if (name === metadataName) throw new CheckpointError(`a tensor cannot be called ${name} in safetensors`);
    const info = infoOf(source, name);
    const format = safetensorsFormats.get(info.dtype);
    if (format === undefined) {
      throw new CheckpointError(
        `tensor ${name} is ${info.dtype}, which safetensors cannot hold; save it as .pt`,
      );
    }
    const end = at + tensorBytes(info);
    header.set(name, { dtype: format, shape: info.shape, data_offsets: [at, end] });
    at = end;
  }
  const text = new TextEncoder().encode(jsonObject(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20, 8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  return bytes;
}

/** JSON in the order of the map; an object would move names like "1" to the front, and `__proto__` would vanish. */
function jsonObject(entries: ReadonlyMap<string, unknown>): string {
  return `{${[...entries].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
